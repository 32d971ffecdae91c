"""Accuracy over keep_ratio: each strategy, random in grey, all that is not held out as a line."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard import charts
from dashboard.escaping import for_plotly
from dashboard.evidence.gap_chart import HEIGHT
from dashboard.evidence.marks import grey, marks
from dlc_core.evidence import Finding
from dlc_core.evidence.arm_names import title
from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.trial import FULL

METRICS = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "worst_class": "Worst class",
}


def curve_chart(found: Sequence[Finding], metric: str) -> go.Figure:
    """Return a metric over keep_ratio.

    Args:
        found: findings.
        metric: a key of METRICS; only accuracy has intervals, those of the gap to random.
    """
    figure = go.Figure()
    names = [RANDOM.name, *marks(found)]
    for name in names:
        figure.add_trace(_line(found, name, metric))
    full = next((one for one in found if one.arm == FULL), None)
    if full is not None:
        value = 100 * float(getattr(full, metric))
        figure.add_hline(
            y=value, line={"color": grey(), "width": 2, "dash": "dash"},
            annotation={
                "text": f"all that is not held out {value:.1f} %",
                "font": {"color": grey(), "size": 12},
            },
            annotation_position="top left",
        )  # fmt: skip
    figure.update_layout(
        height=HEIGHT, margin={**charts.MARGIN, "b": 44}, legend=charts.LEGEND,
        showlegend=False, uirevision=metric,
    )  # fmt: skip
    figure.update_xaxes(title="kept", ticksuffix=" %", range=[0, 100], zeroline=False)
    figure.update_yaxes(title=METRICS[metric].lower(), ticksuffix=" %", zeroline=False)
    return figure


def _line(found: Sequence[Finding], name: str, metric: str) -> go.Scatter:
    mine = [one for one in found if one.arm == name]
    plain = name == RANDOM.name
    mark = None if plain else marks(found)[name]
    values = [100 * float(getattr(one, metric)) for one in mine]
    words = [
        f"<b>{for_plotly(title(name))}</b>, {100 * one.keep_ratio:g} % kept<br>"
        f"{METRICS[metric].lower()} {value:.1f} %"
        for one, value in zip(mine, values, strict=True)
    ]
    error = None
    if metric == "accuracy" and not plain:
        gaps = [one.to_random for one in mine]
        error = {
            "type": "data", "symmetric": False, "thickness": 1.2, "width": 0,
            "array": [_length(gap.high - gap.mean) if gap else 0.0 for gap in gaps],
            "arrayminus": [_length(gap.mean - gap.low) if gap else 0.0 for gap in gaps],
        }  # fmt: skip
    colour = mark.colour if mark else grey()
    return go.Scatter(
        x=[100 * one.keep_ratio for one in mine], y=values, name=for_plotly(title(name)),
        mode="lines+markers", hovertext=words, hoverinfo="text", error_y=error,
        line={"color": colour, "width": 4 if plain else 1.8},
        marker={"color": colour, "size": 7, "symbol": mark.shape if mark else "circle"},
    )  # fmt: skip


def _length(value: float) -> float:
    return 100 * value if math.isfinite(value) else 0.0
