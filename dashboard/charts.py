"""What charts share: bins, colours, margins."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

BINS = 40

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
