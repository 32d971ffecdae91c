"""The chart that matters: what each strategy gains or loses against random, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import charts
from dashboard.escaping import for_plotly
from dashboard.evidence.marks import Mark, grey, marks
from dlc_core.evidence import Finding
from dlc_core.evidence.arm_names import title
from dlc_core.evidence.interval import Gap
from dlc_core.plurals import counted

_BAND = 0.62  # of the room of one keep_ratio that its marks share
_FLOOR = -12.0  # points: what is below this only where all is worse, does not squeeze the rest
HEIGHT = 440


def gap_chart(found: Sequence[Finding]) -> go.Figure | None:
    """Return gaps to random in points over keep_ratio; None if there is none yet.

    Filled marks are better or worse than random, hollow ones within noise. What lies far below is
    drawn at the lower edge, with its number.
    """
    gaps = {(one.arm, one.keep_ratio): one for one in found if one.to_random is not None}
    if not gaps:
        return None
    ratios = sorted({ratio for _, ratio in gaps})
    places = {ratio: place for place, ratio in enumerate(ratios)}
    looks = marks(found)
    low, high = _range([one.to_random for one in gaps.values() if one.to_random])
    figure = go.Figure()
    for number, (name, mark) in enumerate(looks.items()):
        aside = _BAND * ((number + 0.5) / len(looks) - 0.5)
        mine = [one for (arm, _), one in gaps.items() if arm == name]
        figure.add_trace(_points(name, mark, mine, places, aside, low))
        _below(figure, mark, mine, places, aside, low)
    figure.add_hline(y=0, line={"color": grey(), "width": 2.5})
    for place in range(len(ratios) - 1):
        figure.add_vline(x=place + 0.5, line={"color": grey(), "width": 1}, opacity=0.25)
    figure.update_layout(
        height=HEIGHT, margin={**charts.MARGIN, "b": 44}, legend=charts.LEGEND,
        hovermode="closest", uirevision="gaps",
    )  # fmt: skip
    figure.update_xaxes(
        tickvals=list(places.values()), ticktext=[f"{100 * ratio:g} %" for ratio in ratios],
        range=[-0.5, len(ratios) - 0.5], title="kept", showgrid=False, zeroline=False,
    )  # fmt: skip
    ticks = _ticks(low, high)
    figure.update_yaxes(
        range=[low, high], title="points of accuracy against random", zeroline=False,
        tickvals=ticks, ticktext=[f"{tick:+g}" if tick else "random" for tick in ticks],
    )  # fmt: skip
    return figure


def _range(gaps: Sequence[Gap]) -> tuple[float, float]:
    """Return the ends of the axis, in points."""

    def points(values: list[float]) -> list[float]:
        return [100 * value for value in values if math.isfinite(value)]

    lows = points([gap.low for gap in gaps] + [gap.mean for gap in gaps])
    near = points([gap.low for gap in gaps if gap.verdict != "worse"])
    highs = points([gap.high for gap in gaps] + [gap.mean for gap in gaps])
    low = max(min([*lows, -2.0]), min([*near, _FLOOR]))
    high = max([*highs, 2.0])
    room = 0.08 * (high - low)
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    """Return even values between two points, 0 among them."""
    step = next((s for s in (0.5, 1, 2, 5, 10) if (high - low) / s <= 9), 20)
    return [place * step for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _points(
    name: str,
    mark: Mark,
    mine: Sequence[Finding],
    places: dict[float, int],
    aside: float,
    low: float,
) -> go.Scatter:
    x: list[float | None] = []
    y: list[float | None] = []
    up, down, shapes, words = [], [], [], []
    for one in mine:
        gap = one.to_random
        if gap is None or 100 * gap.mean < low:
            continue
        x.append(places[one.keep_ratio] + aside)
        y.append(100 * gap.mean)
        up.append(_length(gap.high - gap.mean))
        down.append(_length(gap.mean - gap.low))
        shapes.append(mark.shape + ("-open" if gap.verdict == "within noise" else ""))
        words.append(
            f"<b>{for_plotly(title(name))}</b>, {100 * one.keep_ratio:g} % kept<br>"
            f"{100 * gap.mean:+.1f} points [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]: "
            f"{gap.verdict}<br>accuracy {100 * one.accuracy:.1f} %, {counted(gap.draws, 'seed')}"
        )
    if not x:  # all of it lies below; the legend needs a mark
        x, y, shapes = [None], [None], [mark.shape]
    return go.Scatter(
        x=x, y=y, mode="markers", name=for_plotly(title(name)), hovertext=words,
        hoverinfo="text", showlegend=True,
        marker={
            "color": mark.colour, "size": 9, "symbol": shapes,
            "line": {"width": 2, "color": mark.colour},
        },
        error_y={
            "type": "data", "symmetric": False, "array": up, "arrayminus": down,
            "color": mark.colour, "thickness": 1.8, "width": 0,
        },
    )  # fmt: skip


def _length(value: float) -> float:
    return 100 * value if math.isfinite(value) else 0.0


def _below(
    figure: go.Figure,
    mark: Mark,
    mine: Sequence[Finding],
    places: dict[float, int],
    aside: float,
    low: float,
) -> None:
    """Mark at the lower edge what lies below it."""
    for one in mine:
        if one.to_random is not None and 100 * one.to_random.mean < low:
            figure.add_annotation(
                x=places[one.keep_ratio] + aside, y=low, yanchor="bottom", showarrow=False,
                text=f"{100 * one.to_random.mean:.0f}<br>▼",
                font={"color": mark.colour, "size": 12},
            )  # fmt: skip
