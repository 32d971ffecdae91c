"""Prune: move a slider, see at once what stays and what goes."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.frame import require_view
from dashboard.recipe import kept_mask, pools_in_words, recipe_controls, subset
from dashboard.text import visible_name

MOST_BARS = 30  # classes drawn as bars; more of them become a table

view = require_view("Prune")
st.title("Prune")


@st.fragment
def prune() -> None:
    """Controls on the left, what they do on the right."""
    left, right = st.columns([1, 3], gap="large")
    with left:
        recipe = recipe_controls()
    kept = subset(view, recipe)
    mask = kept_mask(view, kept)
    names = [view.run.classes[class_id] for class_id in view.candidates.classes]
    counts = view.candidates.counts
    class_kept = np.bincount(view.candidates.rows[mask], minlength=len(counts))
    with right:
        numbers = st.columns(3)
        numbers[0].metric("Kept", f"{len(kept):,}", border=True)
        numbers[1].metric("Dropped", f"{kept.dropped:,}", border=True)
        numbers[2].metric("Of all samples", f"{100 * len(kept) / kept.total:.1f} %", border=True)
        if recipe.strategy == "flexrand":
            st.caption(pools_in_words(view, recipe))
        if kept.pinned or kept.excluded:
            st.caption(
                f"Decisions: {kept.pinned:,} pinned samples are kept, {kept.excluded:,} excluded "
                "ones are left out of all counts."
            )
        empty = int(np.count_nonzero(class_kept == 0))
        if empty:
            st.warning(
                f"{empty:,} of the {len(counts):,} classes keep no sample at all: fewer samples "
                "are kept than there are classes, or a class is very small.",
                icon=":material/warning:",
            )
        histogram, bars = st.columns([3, 2], gap="medium")
        with histogram:
            st.markdown("**Hardness within the class**: kept and dropped")
            edges = np.linspace(0, 100, charts.BINS + 1)
            figure = charts.histogram(
                charts.score_bins(view.percentile, edges),
                edges,
                [("kept", mask, charts.KEPT), ("dropped", ~mask, charts.dropped_colour())],
                height=330,
            )
            figure.update_layout(xaxis_title="percentile in the class (100 = hardest)")
            figure.update_layout(dragmode=False)
            st.plotly_chart(figure, key="prune-histogram", config={"displayModeBar": False})
        with bars:
            st.markdown("**Per class**: kept of all")
            if len(names) <= MOST_BARS:
                figure = charts.class_bars(names, class_kept, counts)
                st.plotly_chart(figure, key="prune-classes", config={"displayModeBar": False})
            else:
                table = pd.DataFrame(
                    {
                        "class": [visible_name(name) for name in names],
                        "kept": class_kept,
                        "all": counts,
                    }
                )
                st.dataframe(table, hide_index=True, height=330)
        st.caption(
            "Whether this subset trains as well as a random one of the same size is not measured "
            "here. Published gains over random are a few points at 10 % kept and vanish as more is "
            "kept; a wrong split can cost much more than that."
        )


prune()
st.page_link("pages/export.py", label="Next: take the subset away", icon=":material/download:")
