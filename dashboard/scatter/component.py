"""The map's Python side: what the browser is told, and the events that come back."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

MOST_SELECTED = 500  # points with a ring around them
MOST_VERTICES = 48  # of a lasso that the browser sends

# A component is one JavaScript string: these files, one after the other, share one scope.
_SCRIPTS = (
    "theme.js",
    "camera.js",
    "draw_order.js",
    "thinning.js",
    "grid_index.js",
    "density.js",
    "lasso.js",
    "shaders.js",
    "painter.js",
    "overlay.js",
    "legend.js",
    "tooltip.js",
    "sources.js",
    "gestures.js",
    "keyboard.js",
    "chart.js",
    "acting.js",
    "telling.js",
    "main.js",
)


@dataclass(frozen=True)
class Scale:
    """Continuous colours: byte 0 is the first stop, byte 255 the last.

    Attributes:
        title: heading of the legend.
        stops: at least two colours (#rrggbb), evenly spaced, for the light theme.
        dark_stops: the same for the dark theme.
        ticks: (position in [0, 1], text) under the gradient.
    """

    title: str
    stops: tuple[str, ...]
    dark_stops: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Swatches:
    """Categorical colours: byte k is entry k; bytes from len(entries) on are a grey "others".

    Attributes:
        title: heading of the legend.
        entries: (text, #rrggbb) of each category.
        more: how many further categories share the grey.
    """

    title: str
    entries: tuple[tuple[str, str], ...]
    more: int = 0


@cache
def _component() -> Any:
    here = Path(__file__).parent
    return st.components.v2.component(
        "dlc_scatter",
        html=(here / "scatter.html").read_text(encoding="utf-8"),
        css=(here / "scatter.css").read_text(encoding="utf-8"),
        js=module_source(),
    )


def module_source() -> str:
    """Return the component's one ES module."""
    here = Path(__file__).parent
    return "\n".join((here / name).read_text(encoding="utf-8") for name in _SCRIPTS)


def scatter(
    *,
    key: str,
    points_url: str,
    colours_url: str,
    order_url: str,
    count: int,
    colouring: Scale | Swatches,
    shown: NDArray[np.bool_] | None,
    polygon: Sequence[float],
    selected: Sequence[int],
    thumbnail_url: str,
    sample_url: str,
    height: int,
    on_lasso_change: Callable[[], None],
    on_open_change: Callable[[], None],
    on_fallback_change: Callable[[], None],
    on_cleared_change: Callable[[], None],
) -> None:
    """Show the map.

    The three data addresses are fetched only when they change; the camera stays until
    `points_url` changes. The events are one-shot: inside their callbacks
    `st.session_state[key]` holds the value.

    Args:
        key: of the component.
        points_url: answers little-endian float32 (N, 2), the place of each row.
        colours_url: answers uint8 (N,), the place of each row in `colouring`.
        order_url: answers uint8 (N,), higher is drawn above lower.
        count: N.
        colouring: what the bytes of `colours_url` mean.
        shown: (N,) the rows that can be pointed at, the others are dimmed; None = all.
        polygon: the lasso drawn on the map, x and y in turn, in data coordinates; () = none.
        selected: rows with a ring; at most MOST_SELECTED of them are drawn.
        thumbnail_url: f"{thumbnail_url}/{row}" answers an image.
        sample_url: f"{sample_url}/{row}" answers JSON: label, name, percentile, score.
        height: in pixels.
        on_lasso_change: "lasso" is {"polygon": [x, y, …]}, at most MOST_VERTICES vertices.
        on_open_change: "open" is the row that was clicked.
        on_fallback_change: "fallback" is true where the browser has no WebGL2.
        on_cleared_change: "cleared" is true after Escape or a double click on nothing.
    """
    _component()(
        key=key,
        height=height,
        data={
            "pointsUrl": points_url,
            "coloursUrl": colours_url,
            "orderUrl": order_url,
            "count": int(count),
            "colouring": _described(colouring),
            "shown": _packed(shown, count),
            "polygon": [float(value) for value in polygon],
            "selected": [int(row) for row in selected[:MOST_SELECTED]],
            "thumbnailUrl": thumbnail_url,
            "sampleUrl": sample_url,
            "height": int(height),
            "mostVertices": MOST_VERTICES,
        },
        on_lasso_change=on_lasso_change,
        on_open_change=on_open_change,
        on_fallback_change=on_fallback_change,
        on_cleared_change=on_cleared_change,
    )


def _described(colouring: Scale | Swatches) -> dict[str, Any]:
    """Return the colours as the browser reads them."""
    if isinstance(colouring, Scale):
        return {
            "kind": "scale",
            "title": colouring.title,
            "stops": list(colouring.stops),
            "darkStops": list(colouring.dark_stops),
            "ticks": [[float(position), text] for position, text in colouring.ticks],
        }
    return {
        "kind": "swatches",
        "title": colouring.title,
        "entries": [list(entry) for entry in colouring.entries],
        "more": int(colouring.more),
    }


def _packed(shown: NDArray[np.bool_] | None, count: int) -> str | None:
    """Return one bit a row, the first in the highest bit, in base64."""
    if shown is None:
        return None
    if shown.shape != (count,):
        raise ValueError(f"shown must have shape ({count},), got {shown.shape}")
    return base64.b64encode(np.packbits(shown).tobytes()).decode("ascii")
