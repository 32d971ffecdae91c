"""Bars: histograms of scores, and counts per class; nothing in them grows without a bound."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from dashboard.text import for_plotly, shortened

BINS = 40
MOST_CLASSES = 10  # in one chart

KEPT = "#0072B2"
LEGEND = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def dropped_colour() -> str:
    """Return the grey of what is dropped, quiet in the current theme."""
    return "#465060" if st.context.theme.type == "dark" else "#C3C9D1"


def score_edges(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of the histogram's bins; the thin upper tail shares the last one."""
    low, high = float(scores.min()), float(np.quantile(scores, 0.995))
    if high <= low:
        high = low + max(abs(low), 1.0) * 1e-6
    return np.linspace(low, high, BINS + 1)


def score_bins(scores: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each score, (N,), in [0, BINS)."""
    bins = np.searchsorted(edges, scores, side="right") - 1
    return np.clip(bins, 0, len(edges) - 2).astype(np.int64)


def histogram(
    bins: NDArray[np.int64],
    edges: NDArray[np.float64],
    groups: list[tuple[str, NDArray[np.bool_], str | None]],
    *,
    height: int = 230,
) -> go.Figure:
    """Return stacked bars of counts per bin.

    Args:
        bins: (N,) bin of each sample.
        edges: of the bins.
        groups: (name, (N,) membership, colour or None) of each part of the stack.
        height: in pixels.
    """
    centres = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    for name, members, colour in groups:
        counts = np.bincount(bins[members], minlength=len(centres))
        figure.add_bar(
            x=centres,
            y=counts,
            name=for_plotly(shortened(name)),
            marker_color=colour,
            customdata=np.arange(len(centres)),
            hovertemplate="score %{x:.4g}<br>%{y:,} samples<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        barmode="stack",
        bargap=0,
        height=height,
        margin=MARGIN,
        showlegend=len(groups) > 1,
        legend=LEGEND,
        xaxis_title="score (higher = harder)",
        yaxis_title="samples",
        dragmode="select",
        selectdirection="h",
    )
    return figure


def class_bars(names: list[str], kept: NDArray[np.int64], counts: NDArray[np.int64]) -> go.Figure:
    """Return kept and dropped counts of each class, one bar per class."""
    labels = [for_plotly(shortened(name, 18)) for name in names]
    rows = list(range(len(names)))  # positions: two names may look alike once shortened
    figure = go.Figure()
    for name, values, colour in (
        ("kept", kept, KEPT),
        ("dropped", counts - kept, dropped_colour()),
    ):
        figure.add_bar(
            y=rows,
            x=values,
            orientation="h",
            name=name,
            marker_color=colour,
            text=values if name == "kept" else None,
            textposition="inside",
            textangle=0,
            insidetextfont={"size": 11},
            hovertemplate="%{x:,} " + name + "<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        bargap=0.25,
        height=max(180, 80 + 26 * len(names)),
        margin=MARGIN,
        yaxis={"tickvals": rows, "ticktext": labels, "autorange": "reversed"},
        xaxis_title="samples",
        legend=LEGEND,
    )
    return figure


def class_groups(
    samples: pd.DataFrame, classes: list[str]
) -> list[tuple[str, NDArray[np.bool_], str | None]]:
    """Return the histogram's groups: a class each if they are few, else all together."""
    class_ids = samples["class_id"].to_numpy()
    present = np.unique(class_ids)
    if len(present) > MOST_CLASSES:
        return [("all classes", np.ones(len(samples), dtype=np.bool_), KEPT)]
    return [(classes[class_id], class_ids == class_id, None) for class_id in present]
