"""The figure of the study: gaps to random against the share kept, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Mean = tuple[float, float, float] | None  # gap, and its interval, in points
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 330, 300, 44, 34, 40
LOWEST, HIGHEST = -15, 13  # points; what is beyond is drawn at the edge
COLOURS = ("#0072b2", "#d55e00", "#999999", "#009e73", "#cc79a7", "#000000")  # Okabe and Ito


def figure(
    panels: Sequence[tuple[str, Mapping[str, Sequence[Mean]]]], ratios: Sequence[float]
) -> str:
    """Return the drawing.

    Args:
        panels: for each a title, and for each arm its means in the order of ratios; None = missing.
        ratios: keep_ratio, ascending.
    """
    arms = list(panels[0][1]) if panels else []
    whole = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {HEIGHT + 26}" '
        f'font-family="sans-serif" font-size="11">',
        f'<rect width="{whole}" height="{HEIGHT + 26}" fill="white"/>',
    ]
    for place, (title, found) in enumerate(panels):
        parts.append(f'<g transform="translate({place * WIDTH},0)">{_axes(title, ratios)}')
        for number, arm in enumerate(arms):
            parts.append(
                _line(found[arm], len(ratios), COLOURS[number], shift=number - len(arms) / 2)
            )
        parts.append("</g>")
    for number, arm in enumerate(arms):
        x = LEFT + number * (whole - LEFT) / max(1, len(arms))
        parts.append(
            f'<rect x="{x:.0f}" y="{HEIGHT + 6}" width="14" height="4" fill="{COLOURS[number]}"/>'
            f'<text x="{x + 19:.0f}" y="{HEIGHT + 12}">{escape(arm)}</text>'
        )
    return "".join(parts) + "</svg>\n"


def _signed(points: int) -> str:
    return f"{points:+d}" if points else "0"


def _x(place: int, count: int) -> float:
    return LEFT + 14 + place * (WIDTH - LEFT - 34) / max(1, count - 1)


def _y(points: float) -> float:
    share = (min(HIGHEST, max(LOWEST, points)) - LOWEST) / (HIGHEST - LOWEST)
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def _axes(title: str, ratios: Sequence[float]) -> str:
    parts = [f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>']
    for points in range(-15, 14, 5):
        dark = "#444" if points == 0 else "#ddd"
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{_y(points):.1f}" y2="{_y(points):.1f}" '
            f'stroke="{dark}"/><text x="{LEFT - 6}" y="{_y(points) + 4:.1f}" '
            f'text-anchor="end">{_signed(points)}</text>'
        )
    for place, ratio in enumerate(ratios):
        parts.append(
            f'<text x="{_x(place, len(ratios)):.1f}" y="{HEIGHT - BOTTOM + 16}" '
            f'text-anchor="middle">{100 * ratio:g} %</text>'
        )
    parts.append(
        f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">kept; gap to '
        "random in points, 95 % interval</text>"
    )
    return "".join(parts)


def _line(means: Sequence[Mean], count: int, colour: str, *, shift: float) -> str:
    points = [
        (_x(place, count) + 1.6 * shift, mean)
        for place, mean in enumerate(means)
        if mean is not None
    ]
    path = " ".join(f"{x:.1f},{_y(mean[0]):.1f}" for x, mean in points)
    bars = "".join(
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(low):.1f}" y2="{_y(high):.1f}" '
        f'stroke="{colour}" stroke-opacity="0.5"/>'
        for x, (_, low, high) in points
    )
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>{bars}'
