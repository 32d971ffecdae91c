"""Explore: which samples are hard, where they lie, what they look like."""

import numpy as np
import streamlit as st

from dashboard import charts, picking
from dashboard.frame import require_view
from dashboard.gallery import PAGE_SIZE, gallery
from dashboard.hardness_map import hardness_map
from dashboard.keys import HISTOGRAM, MAP, OPEN_KEY
from dashboard.progress import map_panel
from dashboard.sample import LIST_KEY, sample_dialog, sample_is_open

GALLERY = "explore-gallery"

view = require_view("Explore")
head, pick = st.columns([2, 3], vertical_alignment="center")
head.title("Explore")
with pick.container(horizontal=True, horizontal_alignment="right"):
    wanted = picking.choose_classes(view)
picking.headline(view)


def opened() -> None:
    """Remember which tile was opened."""
    st.session_state[OPEN_KEY] = (view.run.name, int(st.session_state[GALLERY]["open"]))


@st.fragment
def linked() -> None:
    """Map, histogram and gallery show one selection."""
    inside = picking.in_classes(view, wanted)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if view.map is None:
            map_panel(view.run.path)
        else:
            rows = picking.map_rows(inside)
            st.plotly_chart(
                hardness_map(
                    view.map[rows],
                    view.samples["id"].to_numpy()[rows],
                    view.percentile[rows],
                    picking.hover_texts(view, rows),
                    height=410,
                ),
                key=MAP,
                on_select="rerun",
                selection_mode=("lasso", "box", "points"),
                config={"scrollZoom": True, "displaylogo": False},
                alt="Map of all samples coloured by hardness within their class",
            )
            picking.map_note(len(rows), int(inside.sum()))
        edges = charts.score_edges(view.scores)
        bins = charts.score_bins(view.scores, edges)
        samples = view.samples[inside]
        st.plotly_chart(
            charts.histogram(bins[inside], edges, charts.class_groups(samples, view.run.classes)),
            key=HISTOGRAM,
            on_select="rerun",
            selection_mode="box",
            config={"displayModeBar": False},
            alt="Histogram of scores by class",
        )
    with right:
        chosen, words = picking.selection(view, inside, bins, map_key=MAP, histogram_key=HISTOGRAM)
        order = picking.order_control()
        rows = picking.ordered(view, np.flatnonzero(chosen), order)
        picking.gallery_title(view, wanted, words, len(rows), order)
        pages = max(1, -(-len(rows) // PAGE_SIZE))
        with st.container(height=560, border=False):
            page = picking.page_of(pages)
            shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
            st.session_state[LIST_KEY] = view.samples["id"].to_numpy()[shown].tolist()
            gallery(view, shown, key=GALLERY, on_open=opened)
        if pages > 1:
            st.pagination(pages, key=picking.page_key(), max_visible_pages=5)
    if sample_is_open(view):
        sample_dialog(view)


linked()
st.page_link("pages/prune.py", label="Next: choose what to keep", icon=":material/content_cut:")
