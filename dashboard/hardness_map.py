"""The map: all samples in two dimensions, coloured by hardness within their class."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from dashboard.charts import MARGIN

LARGEST_MAP = 20_000  # points; plotly's lasso becomes slow above

# Cividis: even steps, safe for colour-blind eyes. In the dark its darkest part would vanish.
_CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369",
            "#e1cc55", "#fee838"]  # fmt: skip
_CIVIDIS_DARK = ["#3f5a92", "#5a6a90", "#6c7486", "#7d7f80", "#918d7c", "#a59c74", "#bbad6d",
                 "#d0be60", "#e7d150", "#fee838"]  # fmt: skip


def hardness_scale() -> list[list[Any]]:
    """Return the colour scale of hardness for the current theme."""
    colours = _CIVIDIS_DARK if st.context.theme.type == "dark" else _CIVIDIS
    return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]


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
