"""FlexRand at a glance: the two pools of a class, and how densely each is drawn from."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from dashboard.charts import KEPT, MARGIN
from dashboard.view import View
from dlc_core.selection import Recipe
from dlc_core.selection.flexrand import pools
from dlc_core.selection.subset import prepared

HARD = "#E69F00"
_PLAIN = {"displayModeBar": False}


def draw_pools(view: View, recipe: Recipe) -> None:
    """Draw both pools over the percentile, as high as they are sampled against plain random."""
    samples, _ = prepared(view.run, view.candidates, recipe)
    found = pools(samples, keep_ratio=recipe.keep_ratio, gamma=recipe.gamma)
    easy_size = int(found.sizes.sum())
    sizes = (easy_size, samples.eligible - easy_size)
    quotas = (int(found.easy.sum()), int(found.hard.sum()))
    overall = sum(quotas) / max(1, samples.eligible)
    figure = go.Figure()
    cut, highest = 100 * easy_size / max(1, samples.eligible), 1.0
    words = []
    for name, size, quota, left, right, colour in (
        ("easy", sizes[0], quotas[0], 0.0, cut, KEPT),
        ("hard", sizes[1], quotas[1], cut, 100.0, HARD),
    ):
        if not size:
            continue
        factor = quota / size / overall if overall else 0.0
        highest = max(highest, factor)
        figure.add_bar(
            x=[(left + right) / 2], y=[factor], width=[right - left], marker_color=colour,
            name=f"{name} pool", marker_line_width=0, text=f"{factor:.2g}×", textangle=0,
            textposition="inside", insidetextanchor="middle",
            hovertemplate=f"{name} pool: {quota:,} of {size:,}<extra></extra>",
        )  # fmt: skip
        share = 100 * quota / size
        words.append(f"{quota:,} of the {size:,} {name} ones ({share:.0f} %, {factor:.2g}× random)")
    figure.add_hline(y=1, line_dash="dot", line_color="#8892A0", line_width=1.5)
    figure.update_layout(
        height=150, margin={**MARGIN, "r": 20}, showlegend=False, bargap=0, dragmode=False,
        xaxis={"range": [0, 100], "dtick": 20, "title": "percentile: easiest → hardest"},
        yaxis={"range": [0, 1.15 * highest], "title": "× random", "nticks": 4},
    )  # fmt: skip
    st.markdown("**Two pools**: how densely each is drawn from; the dotted line is plain random")
    st.plotly_chart(
        figure, key="prune-pools", config=_PLAIN,
        alt="Sampling density of the easy and the hard pool against random",
    )  # fmt: skip
    lean = _lean(recipe.gamma)
    st.caption(f"Draws {' and '.join(words)}, at random, class by class. {lean}")


def _lean(gamma: float) -> str:
    if gamma in (0.0, 0.5, 1.0):
        return "At 0, 50 and 100 % this is nearly plain random."
    return f"This split leans {'easy' if gamma < 0.5 else 'hard'}."
