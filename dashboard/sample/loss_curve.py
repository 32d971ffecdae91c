"""One sample's loss while the backbone loses weights, over the band of its class."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts import LEGEND, MARGIN
from dashboard.escaping import for_markdown, for_plotly, shortened
from dlc_core.analysis.run_view import View
from dlc_core.plurals import counted

_BAND_SAMPLES = 2000  # of a class, for its quantiles
_MOST_SPANS = 8


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


def curve_of(view: View, row: int) -> go.Figure:
    """Return the curve of a sample of a run.

    Raises:
        DLCError: if the losses are damaged.
    """
    done = view.run.masks_done
    losses = view.run.losses
    same = np.flatnonzero(view.class_ids == view.class_ids[row])
    same = same[:: max(1, len(same) // _BAND_SAMPLES)]
    of_class = np.stack([losses[mask][same] for mask in done]).astype(np.float64)  # (T, n)
    band = np.quantile(of_class, [0.1, 0.5, 0.9], axis=1)  # (3, T)
    own = np.array([losses[mask, row] for mask in done], dtype=np.float64)
    return loss_curve(view.run.capacity[done], own, band, view.label(row))


def predictions_in_words(view: View, row: int) -> str:
    """Say which class's centroid is nearest under each mask, equal neighbours taken together.

    Raises:
        DLCError: if the predictions are damaged.
    """
    done = view.run.masks_done
    nearest = view.run.predicted
    spans: list[tuple[int, int, int]] = []  # class, first and last mask
    for place, mask in enumerate(done):
        class_id = int(nearest[mask, row])
        if spans and spans[-1][0] == class_id:
            spans[-1] = (class_id, spans[-1][1], place)
        else:
            spans.append((class_id, place, place))
    capacity = 100 * view.run.capacity[done]
    words = []
    for class_id, first, last in spans[:_MOST_SPANS]:
        known = class_id < len(view.classes)
        name = for_markdown(shortened(view.classes[class_id], 24)) if known else "unknown"
        many = f"{capacity[first]:.0f}" + ("" if first == last else f" to {capacity[last]:.0f}")
        words.append(f"**{name}** at {many} %")
    left = len(spans) - _MOST_SPANS
    more = f" and {counted(left, 'change')} more" if left > 0 else ""
    return f"Nearest centroid as capacity falls: {', '.join(words)}{more}."
