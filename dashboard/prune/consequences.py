"""Kept and dropped over the hardness, and in each class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import charts
from dashboard.text import visible_name
from dashboard.view import View

MOST_BARS = 30  # classes drawn as bars; more of them become a table
HEIGHT = 330  # pixels of a chart
_PLAIN = {"displayModeBar": False}


def draw_histogram(view: View, mask: NDArray[np.bool_]) -> None:
    """Draw kept and dropped over the percentile in the class."""
    st.markdown("**Hardness within the class**: kept and dropped")
    edges = np.linspace(0, 100, charts.BINS + 1)
    groups: list[tuple[str, NDArray[np.bool_], str | None]] = [
        ("kept", mask, charts.KEPT),
        ("dropped", ~mask, charts.dropped_colour()),
    ]
    bins = charts.score_bins(view.percentile, edges)
    figure = charts.histogram(bins, edges, groups, height=HEIGHT)
    figure.update_layout(xaxis_title="percentile in the class (100 = hardest)", dragmode=False)
    figure.update_layout(xaxis={"range": [0, 100], "dtick": 20}, margin={**charts.MARGIN, "r": 20})
    st.plotly_chart(figure, key="prune-histogram", config=_PLAIN)


def draw_classes(view: View, mask: NDArray[np.bool_]) -> None:
    """Draw how much of each class is kept."""
    st.markdown("**Per class**: kept of all")
    kept = np.bincount(view.class_ids[mask], minlength=len(view.classes))[view.present]
    counts, names = view.class_counts[view.present], [view.classes[c] for c in view.present]
    if len(names) <= MOST_BARS:
        figure = charts.class_bars(names, kept, counts)
        st.plotly_chart(figure, key="prune-classes", config=_PLAIN)
    else:
        shown = [visible_name(name) for name in names]
        table = pd.DataFrame({"class": shown, "kept": kept, "all": counts})
        st.dataframe(table, hide_index=True, height=HEIGHT)
