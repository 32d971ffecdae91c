"""What a dry look at the chosen data has found."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.escaping import for_markdown, shortened, visible_name
from dashboard.scoring.readable_request import look_arguments, require_data
from dlc_core import jobs
from dlc_core.file_names import readable_bytes
from dlc_core.plurals import noun_of
from dlc_core.scoring.request import ScoreRequest

_PICTURES = 8


def look(request: ScoreRequest) -> dict[str, Any]:
    """Look at the chosen data in a process of its own.

    Raises:
        DLCError: if it may not be read, or nothing can be scored in it.
    """
    require_data(request)
    return jobs.ask_json([*look_arguments(request), "--json", "--pictures", str(_PICTURES)])


def look_panel(found: dict[str, Any]) -> None:
    """Show what was found: counts, classes, pictures, faults, cautions."""
    part = f" · part {for_markdown(found['split'])}" if found["split"] else ""
    listed = ", ".join(found["splits"])
    parts = f" · parts: {for_markdown(listed)}" if listed else ""
    among = f" in **{found['classes']:,}** {noun_of(found['classes'], 'class')}"
    st.markdown(
        f"**{for_markdown(found['name'])}**{part}: **{found['samples']:,}** "
        f"{noun_of(found['samples'], found['unit'])}{'' if found['lines'] else among}{parts}"
    )
    for text in found["cautions"]:
        st.warning(for_markdown(text), icon=":material/warning:")
    for text in found["notes"]:
        st.caption(for_markdown(text))
    if found["lines"]:
        st.code("\n".join(map(visible_name, found["lines"])), language=None, wrap_lines=True)
        return
    left, right = st.columns([2, 3], gap="large")
    classes = [*found["largest"], *found["smallest"]]
    table = pd.DataFrame(classes, columns=["Class", "Images"])
    table["Class"] = [visible_name(str(name)) for name in table["Class"]]
    most = max(count for _, count in classes) if classes else 1
    left.dataframe(
        table,
        hide_index=True,
        height=min(320, 38 + 35 * len(table)),
        column_config={
            "Images": st.column_config.ProgressColumn(format="%d", min_value=0, max_value=most)
        },
    )
    with right:
        _images(found)
    if found["unreadable"]:
        st.markdown(f"**Faults** ({found['faults']:,} in the listing, and those that were opened)")
        rows = [(visible_name(path), visible_name(error)) for path, _, error in found["unreadable"]]
        st.dataframe(pd.DataFrame(rows, columns=["File", "Reason"]), hide_index=True)


def _images(found: dict[str, Any]) -> None:
    if found["width"]:
        (low, middle, high), (short, median, tall) = found["width"], found["height"]
        size = f"{middle} x {median} pixels"
        if (low, short) != (high, tall):
            size = f"{low} x {short} to {high} x {tall} pixels, median {middle} x {median}"
        files = f" · about {readable_bytes(found['bytes'])}" if found["bytes"] else ""
        st.markdown(
            f"{for_markdown(size)} · {found['milliseconds']:g} ms to read one{for_markdown(files)}"
        )
    if found["columns"]:
        names = ", ".join(found["columns"][:20])
        group = f"; groups: **{for_markdown(found['group'])}**" if found["group"] else ""
        st.markdown(f"Columns: {for_markdown(names)}{group}")
    # As addresses that hold the data: files of Streamlit's go with the run that showed them.
    pictures = [data for _, data in found["pictures"]]
    labels = [for_markdown(shortened(label, 14)) for label, _ in found["pictures"]]
    if pictures:
        st.image(pictures, caption=labels, width=72)
