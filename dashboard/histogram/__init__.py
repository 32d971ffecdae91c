"""The histogram of scores with a brush, as a component of our own.

Plotly's box selection is lost whenever the chart's data change, and here brushing changes them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

Part = tuple[NDArray[np.int64], str, str]
_HTML = (
    "<div class='plot'><svg tabindex='0' role='application'></svg>"
    "<div style='display:flex;justify-content:space-between;opacity:.75'>"
    "<span class='low'></span><span>score (higher = harder)</span><span class='high'></span></div>"
    "<div class='legend'></div><div class='says' aria-live='polite'></div></div>"
)


@cache
def _component() -> Any:
    here = Path(__file__)
    return st.components.v2.component(
        "dlc_histogram",
        html=_HTML,
        css=here.with_name("histogram.css").read_text(),
        js=here.with_name("histogram.js").read_text(),
    )


def histogram(
    *,
    key: str,
    edges: NDArray[np.float64],
    everything: NDArray[np.int64],
    parts: list[Part],
    chosen: tuple[float, float] | None,
    limits: tuple[float, float],
    label: str,
    on_range_change: Callable[[], None],
    height: int = 110,
) -> None:
    """Show counts per bin, all of them in grey and what is shown in colours, and a brush.

    Bars have the height of the square root of their count, so that rare ones can be seen.

    Args:
        key: of the component; st.session_state[key]["range"] is [low, high], or [] to clear.
        edges: (B + 1,) of the bins.
        everything: (B,) counts of all samples.
        parts: counts (B,), colour and name of each part of what is shown.
        chosen: the range in force, or None.
        limits: lowest and highest value of all; the outer bins reach that far.
        label: what the chart shows, for a screen reader.
        on_range_change: called when someone brushes.
        height: of the bars, in pixels.
    """
    data = {
        "edges": edges.tolist(),
        "all": everything.tolist(),
        "parts": [
            {"counts": counts.tolist(), "colour": colour, "name": name}
            for counts, colour, name in parts
        ],
        "range": chosen,
        "lowest": limits[0],
        "highest": limits[1],
        "label": label,
        "height": height,
    }
    _component()(data=data, key=key, on_range_change=on_range_change)
