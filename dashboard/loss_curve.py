"""One sample's loss while the backbone loses weights, over the band of its class."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts import LEGEND, MARGIN
from dashboard.text import for_plotly, shortened


def loss_curve(
    capacity: NDArray[np.float64],
    losses: NDArray[np.float64],
    band: NDArray[np.float64],
    label: str,
) -> go.Figure:
    """Return one sample's loss against the capacity left, over the band of its class.

    Args:
        capacity: (T,) share of the weights left.
        losses: (T,) of the sample.
        band: (3, T) 10 %, 50 % and 90 % quantiles of its class.
        label: the class.
    """
    name = for_plotly(shortened(label))
    x = 100 * capacity
    figure = go.Figure()
    figure.add_scatter(
        x=x, y=band[2], mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip"
    )
    figure.add_scatter(
        x=x,
        y=band[0],
        mode="lines",
        line={"width": 0},
        fill="tonexty",
        fillcolor="rgba(128,128,128,0.25)",
        name=f"10-90 % of {name}",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=x,
        y=band[1],
        mode="lines",
        line={"color": "#888888", "dash": "dot"},
        name=f"median of {name}",
    )
    figure.add_scatter(
        x=x,
        y=losses,
        mode="lines+markers" if len(x) < 12 else "lines",
        line={"color": "#D55E00", "width": 3},
        name="this sample",
    )
    figure.update_layout(
        height=260,
        margin=MARGIN,
        xaxis={"title": "capacity: weights left, %", "autorange": "reversed"},
        yaxis_title="loss",
        legend=LEGEND,
    )
    return figure
