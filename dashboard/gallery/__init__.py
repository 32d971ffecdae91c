"""The gallery: tiles that are picked, opened and decided on by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.escaping import visible_name
from dashboard.media import thumbnails_url
from dlc_core.analysis.run_view import View
from dlc_core.decisions import Decided
from dlc_core.issues import ISSUES

MOST_TILES = 240  # at a time
_HTML = (
    "<div class='grid' role='listbox' aria-multiselectable='true' aria-label='Images'></div>"
    "<div class='says' aria-live='polite'></div>"
)
_SHORT = {
    "leak": "leak",
    "duplicate": "copy",
    "outlier": "outlier",
    "ambiguous": "ambiguous",
    "quality": "quality",
}
assert _SHORT.keys() | {"label error"} == {key.replace("-", " ") for key in ISSUES}
Item = dict[str, Any]


@cache
def _component() -> Any:
    here = Path(__file__)
    return st.components.v2.component(
        "dlc_gallery",
        html=_HTML,
        css=here.with_name("gallery.css").read_text(),
        js=here.with_name("gallery.js").read_text(),
    )


def gallery(
    items: list[Item],
    *,
    key: str,
    on_open: Callable[[], None],
    on_act: Callable[[], None] = lambda: None,
    on_turn: Callable[[], None] = lambda: None,
    on_pick: Callable[[], None] = lambda: None,
    tile: int = 104,
    revision: str = "",
    following: Iterable[str] = (),
    empty: str = "Nothing to show.",
) -> None:
    """Show tiles and headings.

    Args:
        items: from `tiles` and `heading`, at most MOST_TILES tiles.
        key: of the component; `picked` tells what is picked; inside the callbacks
            st.session_state[key] holds "open" (an id), "act" ({"act": pin, exclude, relabel, note,
            undo or redo, "ids": …}) and "turn" (pages forward).
        on_open, on_act, on_turn, on_pick: called for each of these.
        tile: least width of a tile, in pixels.
        revision: another one drops what is picked.
        following: addresses of pictures that are likely to be asked for next.
        empty: what to say where there is nothing.
    """
    _component()(
        data={
            "items": items,
            "tile": tile,
            "revision": revision,
            "next": list(following),
            "empty": empty,
        },
        key=key,
        default={"picked": None},
        on_open_change=on_open,
        on_act_change=on_act,
        on_turn_change=on_turn,
        on_picked_change=on_pick,
    )


def picked(key: str, revision: str) -> list[int]:
    """Return the ids that are picked in a gallery since this revision."""
    state = st.session_state.get(key)
    told = state["picked"] if state else None
    if not told or told["revision"] != revision:
        return []
    return [int(identity) for identity in told["ids"]]


def heading(text: str, note: str = "") -> Item:
    """Return a heading between tiles."""
    return {"heading": visible_name(text), "note": note}


def tiles(
    view: View, rows: NDArray[np.int64], decided: Decided, *, notes: list[str] | None = None
) -> list[Item]:
    """Return the tiles of these rows of a run.

    Args:
        view: the run.
        rows: which samples, in the order shown; those beyond MOST_TILES are left out.
        decided: what people decided.
        notes: what to write on each tile instead of label and percentile.
    """
    items = []
    pictures = thumbnails_url(view.run)
    for place, row in enumerate(rows[:MOST_TILES].tolist()):
        identity = int(view.ids[row])
        label, name = visible_name(view.label(row)), visible_name(view.path(row))
        percentile = float(view.percentile[row])
        marks, gone = _marks(view, row, decided)
        shown = decided.relabelled.get(identity)
        items.append(
            {
                "id": identity,
                "src": f"{pictures}/{row}",
                "caption": notes[place] if notes else f"{label} · {percentile:.0f}",
                "title": f"{name}\nhardness in its class: {percentile:.1f} of 100",
                "alt": f"{label}, {name}, hardness percentile {percentile:.0f}"
                + "".join(f", {mark}" for mark in marks),
                "hardness": round(percentile, 1),
                "marks": [*marks, *([f"→ {visible_name(shown)[:16]}"] if shown else [])],
                "gone": gone,
            }
        )
    return items


def _suspected(view: View, row: int) -> str:
    assert view.issues is not None
    suspected = int(view.issues["suspected_class"].to_numpy()[row])
    return visible_name(view.classes[suspected])[:14]


def _marks(view: View, row: int, decided: Decided) -> tuple[list[str], bool]:
    marks = []
    if view.issues is not None and (issue := str(view.issues["kind"].iat[row])):
        marks.append(_SHORT.get(issue) or f"{_suspected(view, row)}?")
    if decided.pinned[row]:
        marks.append("pinned")
    if decided.excluded[row]:
        marks.append("excluded")
    if int(view.ids[row]) in decided.notes:
        marks.append("note")
    return marks, bool(decided.excluded[row])
