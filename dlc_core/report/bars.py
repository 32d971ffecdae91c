"""Bars as the path of an inline SVG: one element, however many bars."""

from __future__ import annotations

from collections.abc import Sequence

HEIGHT = 100  # of the drawing; a bar is one unit wide


def bar_path(heights: Sequence[float], top: float, *, gap: float = 0.0) -> str:
    """Return the SVG path of bars that stand on y = 100.

    Args:
        heights: of the bars, from 0 to `top`; a bar of 0 is left out.
        top: the height that fills the drawing; nothing is drawn if it is 0.
        gap: room between two bars, in [0, 1) of a bar.
    """
    parts = []
    for place, height in enumerate(heights):
        if height > 0 and top > 0:
            tall = _number(HEIGHT * min(height / top, 1.0))
            left, wide = _number(place + gap / 2), _number(1 - gap)
            parts.append(f"M{left} {HEIGHT}v-{tall}h{wide}v{tall}z")
    return "".join(parts)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
