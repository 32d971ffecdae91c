"""The list of exports on the page: progress and cancel, then download and delete."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.escaping import for_markdown
from dashboard.export.downloads import download_url
from dashboard.progress import EVERY
from dashboard.rerun import draw_anew
from dashboard.toasts import say
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.jobs import export_history
from dlc_core.jobs.export_history import Export, exports_of
from dlc_core.plurals import counted

_MOST = 20  # exports listed


def finished(view: View) -> None:
    """Show the run's exports, the newest first; draw the page anew when one is done."""
    found = exports_of(view.run.path)
    if not found:
        st.caption("None yet. What you make here stays in the run until you delete it.")
        return
    for item in found[:_MOST]:
        with st.container(border=True):
            if item.state == "running":
                _watch(view.run.path, item.name)
            else:
                _row(view.run.path, item)
    if len(found) > _MOST:
        st.caption(
            f"and {counted(len(found) - _MOST, 'older one')} in {for_markdown(str(view.run.path))}."
        )


@st.fragment(run_every=EVERY)
def _watch(run: Path, name: str) -> None:
    item = next((item for item in export_history.running(run) if item.name == name), None)
    if item is None:
        draw_anew()
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.markdown(f"**{for_markdown(name)}**")
    left.progress(item.share, text=for_markdown(item.words))
    right.button(
        "Cancel",
        key=f"cancel-{name}",
        icon=":material/stop_circle:",
        help="Stops at once; nothing is left of it.",
        on_click=export_history.cancel,
        args=(run, name),
        width="stretch",
    )


def _row(run: Path, item: Export) -> None:
    left, middle, right = st.columns([6, 1.4, 1.4], vertical_alignment="center")
    left.markdown(f"**{for_markdown(item.name)}**  \n{_said(item)}")
    if (
        item.state == "done"
        and item.path.parent == run / export_history.FOLDER
        and item.path.is_file()
    ):
        middle.link_button(
            "Download",
            download_url(run, item.name),
            key=f"fetch-{item.name}",
            icon=":material/download:",
            width="stretch",
        )
    inside = item.path.parent == run / export_history.FOLDER and item.state == "done"
    with right.popover("Delete" if inside else "Forget", key=f"ask-{item.name}", width="stretch"):
        st.write("It is deleted from the disk." if inside else "It leaves this list only.")
        st.button(
            "Delete for good" if inside else "Forget it",
            key=f"delete-{item.name}",
            type="primary",
            on_click=_delete,
            args=(run, item.name),
        )


def _said(item: Export) -> str:
    """Return one line of markdown on an export that is not running."""
    if item.state == "failed":
        return f":red[:material/error: {for_markdown(item.words)}]"
    if item.state == "stopped":
        return "Stopped before the end; nothing was written."
    if item.state == "gone":
        return f"Removed since: {for_markdown(str(item.path))}"
    parts = [_bytes(item.size)]
    if item.path.is_dir():
        parts.append(f"folder {for_markdown(str(item.path))}")
    if item.words:
        parts.append(f":orange[{for_markdown(item.words)}]")
    return " · ".join(parts)


def _bytes(count: int) -> str:
    """Return a size such as "12 kB" or "3.4 GB", in powers of 1000."""
    size, units = float(count), ("bytes", "kB", "MB", "GB", "TB")
    place = 0
    while size >= 999.5 and place < len(units) - 1:
        size, place = size / 1000, place + 1
    return f"{size:.1f} {units[place]}" if place and size < 99.95 else f"{size:.0f} {units[place]}"


def _delete(run: Path, name: str) -> None:
    try:
        export_history.delete(run, name)
    except DLCError as error:
        say(str(error), icon="error")
