"""What was tried for a choice: gaps to random over the split, or strategy by strategy."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import charts
from dashboard.escaping import for_plotly
from dashboard.evidence.marks import blue, grey
from dlc_core.evidence.arm_names import title
from dlc_core.evidence.choose_arm import Choice, Tried
from dlc_core.plurals import counted

BARS = 2.0  # standard errors
MOST = 12  # strategies drawn, the best first
_CHOSEN = "#D55E00"


def auto_chart(choice: Choice) -> go.Figure:
    """Return gaps to random in points with bars of two standard errors; the chosen one stands out.

    Hollow marks are of what was given up early, as clearly behind.
    """
    tried = [one for one in choice.tried if one.rounds]
    one_kind = len({(one.arm.strategy, one.arm.score) for one in tried}) == 1
    return _over_split(choice, tried) if one_kind else _by_name(choice, tried)


def _over_split(choice: Choice, tried: Sequence[Tried]) -> go.Figure:
    figure = go.Figure()
    x = [100 * (one.arm.first or 0.0) for one in tried]
    figure.add_trace(
        go.Scatter(
            x=x, y=[100 * one.gap for one in tried], mode="lines+markers", hoverinfo="text",
            hovertext=_words(tried), line={"color": blue(), "width": 1.5},
            marker=_marks(choice, tried),
            error_y={"type": "data", "array": _bars(tried), "color": blue(), "width": 0},
        )
    )  # fmt: skip
    figure.add_hline(
        y=0, line={"color": grey(), "width": 2},
        annotation={"text": "random", "font": {"color": grey()}}, annotation_position="top right",
    )  # fmt: skip
    figure.update_xaxes(title="easy/hard split", ticksuffix=" %", range=[0, 108], zeroline=False)
    figure.update_yaxes(title="points against random", zeroline=False)
    figure.update_layout(height=300, margin={**charts.MARGIN, "b": 44}, showlegend=False)
    return figure


def _by_name(choice: Choice, tried: Sequence[Tried]) -> go.Figure:
    best = sorted(tried, key=lambda one: one.gap, reverse=True)[:MOST]
    chosen = [one for one in tried if one.arm == choice.arm and one not in best]
    shown = [*best, *chosen][::-1]  # plotly draws upwards
    figure = go.Figure(
        go.Scatter(
            x=[100 * one.gap for one in shown],
            y=[for_plotly(title(one.arm.name)) for one in shown],
            mode="markers", hoverinfo="text", hovertext=_words(shown), marker=_marks(choice, shown),
            error_x={"type": "data", "array": _bars(shown), "color": blue(), "width": 0},
        )
    )  # fmt: skip
    figure.add_vline(
        x=0, line={"color": grey(), "width": 2},
        annotation={"text": "random", "font": {"color": grey()}}, annotation_position="top",
    )  # fmt: skip
    figure.update_xaxes(title="points against random", zeroline=False)
    figure.update_yaxes(automargin=True)
    height = 90 + 26 * len(shown)
    figure.update_layout(height=height, margin={**charts.MARGIN, "b": 44, "t": 24})
    return figure


def _bars(tried: Sequence[Tried]) -> list[float]:
    return [100 * BARS * one.error for one in tried]


def _marks(choice: Choice, tried: Sequence[Tried]) -> dict[str, object]:
    most = max((one.rounds for one in tried), default=0)
    chosen = [one.arm == choice.arm for one in tried]
    colours = [_CHOSEN if mine else blue() for mine in chosen]
    return {
        "size": [15 if mine else 8 for mine in chosen],
        "symbol": [
            "star" if mine else "circle" if one.rounds == most else "circle-open"
            for one, mine in zip(tried, chosen, strict=True)
        ],
        "color": colours,
        "line": {"color": colours, "width": 1.5},
    }


def _words(tried: Sequence[Tried]) -> list[str]:
    return [
        f"<b>{for_plotly(title(one.arm.name))}</b><br>{100 * one.gap:+.1f} points, standard error "
        f"{100 * one.error:.1f}, {counted(one.rounds, 'inner split')}"
        for one in tried
    ]
