"""The gallery: a page of image tiles; a click or Enter opens one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.media import thumbnail_url
from dashboard.text import visible_name
from dashboard.view import View

PAGE_SIZE = 48
_HTML = "<div class='grid' role='group' aria-label='Images'></div>"


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
    view: View,
    rows: NDArray[np.int64],
    *,
    key: str,
    on_open: Callable[[], None],
    tile: int = 104,
) -> None:
    """Show the tiles of these rows of the run, at most one page of them.

    Args:
        view: the run.
        rows: which samples, in the order shown.
        key: of the component; st.session_state[key]["open"] is the id that was opened.
        on_open: called when a tile is opened.
        tile: least width of a tile, in pixels.
    """
    shown = rows[:PAGE_SIZE]
    samples = view.samples.iloc[shown]
    items = []
    columns = (samples[name].tolist() for name in ("id", "path", "label", "percentile"))
    for row, identity, path, label_text, percentile in zip(shown.tolist(), *columns, strict=True):
        name, label = visible_name(path), visible_name(label_text)
        items.append(
            {
                "id": identity,
                "src": thumbnail_url(view.run, row),
                "caption": f"{label} · {percentile:.0f}",
                "title": f"{name}\nhardness in its class: {percentile:.1f} of 100",
                "alt": f"{label}, {name}, hardness percentile {percentile:.0f}",
                "hardness": round(percentile, 1),
            }
        )
    _component()(data={"items": items, "tile": tile}, key=key, on_open_change=on_open)
