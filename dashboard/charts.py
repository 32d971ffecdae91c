"""The plotly figures of all pages; nothing in them grows without a bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from dashboard.text import for_plotly, shortened

BINS = 40
LARGEST_MAP = 20_000  # points; plotly's lasso becomes slow above
MOST_CLASSES = 10  # in one chart

# Cividis: even steps, safe for colour-blind eyes. In the dark its darkest part would vanish.
_CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369",
            "#e1cc55", "#fee838"]  # fmt: skip
_CIVIDIS_DARK = ["#3f5a92", "#5a6a90", "#6c7486", "#7d7f80", "#918d7c", "#a59c74", "#bbad6d",
                 "#d0be60", "#e7d150", "#fee838"]  # fmt: skip
KEPT = "#0072B2"
_LEGEND = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def hardness_scale() -> list[list[Any]]:
    """Return the colour scale of hardness for the current theme."""
    colours = _CIVIDIS_DARK if st.context.theme.type == "dark" else _CIVIDIS
    return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]


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
        legend=_LEGEND,
        xaxis_title="score (higher = harder)",
        yaxis_title="samples",
        dragmode="select",
        selectdirection="h",
    )
    return figure


def hardness_map(
    coordinates: NDArray[np.float32],
    ids: NDArray[np.int64],
    percentile: NDArray[np.float64],
    hover: list[str],
    *,
    height: int,
) -> go.Figure:
    """Return the map coloured by percentile within the class, hard points drawn last.

    Args:
        coordinates: (n, 2).
        ids: (n,) sample ids, the points' customdata.
        percentile: (n,) 100 = hardest of its class.
        hover: n texts.
        height: in pixels.
    """
    order = np.argsort(percentile, kind="stable")
    figure = go.Figure(
        go.Scattergl(
            x=coordinates[order, 0],
            y=coordinates[order, 1],
            mode="markers",
            customdata=ids[order],
            text=[hover[i] for i in order],
            hovertemplate="%{text}<extra></extra>",
            marker={
                "size": 5 if len(ids) < 5000 else 3.5,
                "color": percentile[order],
                "cmin": 0,
                "cmax": 100,
                "colorscale": hardness_scale(),
                "colorbar": {
                    "title": {"text": "hardness<br>in class", "side": "top"},
                    "tickvals": [0, 50, 100],
                    "ticktext": ["easiest", "middle", "hardest"],
                    "thickness": 10,
                    "len": 0.5,
                    "y": 0.75,
                    "outlinewidth": 0,
                },
            },
            unselected={"marker": {"opacity": 0.15}},
        )
    )
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_layout(
        height=height,
        margin=MARGIN,
        xaxis=hidden,
        yaxis=hidden,
        dragmode="lasso",
        uirevision="map",
        showlegend=False,
    )
    return figure


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
        legend=_LEGEND,
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
        height=70 + 26 * len(names),
        margin=MARGIN,
        yaxis={"tickvals": rows, "ticktext": labels, "autorange": "reversed"},
        xaxis_title="samples",
        legend=_LEGEND,
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
