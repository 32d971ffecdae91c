"""What one recipe keeps: pools, histogram, classes, map and pictures."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from dashboard.prune.consequences import draw_classes, draw_histogram
from dashboard.prune.map_and_examples import draw_map, draw_pictures
from dashboard.prune.pools import draw_pools, has_pools
from dlc_core.analysis.run_view import View
from dlc_core.recipes import Recipe


def draw_single(view: View, recipe: Recipe, mask: NDArray[np.bool_]) -> DeltaGenerator:
    """Draw it; return the place for the measures, which come last."""
    pools = st.container()
    histogram, bars = st.columns([3, 2], gap="medium")
    chart, pictures = st.columns([1, 1], gap="medium")
    with chart:  # first, because the browser takes longest to draw it
        if view.map is None:
            st.caption("The map comes when it has been computed.")
        else:
            draw_map(view, mask)
        similarity = st.container()
    if has_pools(recipe):
        with pools:
            draw_pools(view, recipe)
    with histogram:
        draw_histogram(view, mask)
    with bars:
        draw_classes(view, mask)
    with pictures:
        draw_pictures(view, mask)
    return similarity
