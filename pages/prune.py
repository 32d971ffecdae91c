"""Prune: move a slider, see at once what stays and what goes."""

import numpy as np
import streamlit as st

from dashboard.by_score import by_score
from dashboard.frame import require_view
from dashboard.prune.consequences import draw_classes, draw_histogram
from dashboard.prune.likeness import draw_likeness
from dashboard.prune.looks import draw_map, draw_pictures
from dashboard.prune.numbers import numbers
from dashboard.prune.pools import draw_pools
from dashboard.prune.saved import saved
from dashboard.recipe import kept_mask, recipe_controls, subset
from dashboard.sample import sample_dialog, sample_is_open
from dashboard.saying import show_said
from dashboard.text import for_markdown
from dlc_core.errors import DLCError

view = require_view("Prune")
st.title("Prune")


@st.fragment
def prune() -> None:
    """Controls on the left, what they do on the right."""
    show_said()
    left, right = st.columns([1, 3], gap="large")
    with left, st.container(key="prune-controls"):
        recipe = recipe_controls(view)
        st.number_input(
            "Training on everything takes, hours", 0.0, 1e6, 0.0, step=1.0, key="hours",
            persist_state="session", help="To see what is saved, in hours. 0 = not known.",
        )  # fmt: skip
        try:
            kept = subset(view, recipe)
            seen = by_score(view, recipe.score)
        except DLCError as error:
            right.error(for_markdown(str(error)), icon=":material/error:")
            return
        beside = saved(seen, kept)
    mask = kept_mask(view, kept)
    with right:
        numbers(view, kept)
        if kept.pinned or kept.excluded or kept.copies:
            copies = f" {kept.copies:,} copies went first." if kept.copies else ""
            st.caption(
                f"Decisions: {kept.pinned:,} pinned samples are kept, {kept.excluded:,} excluded "
                f"ones are left out of all counts.{copies}"
            )
        beside()
        held = np.bincount(view.class_ids[mask], minlength=len(view.classes))[view.present]
        empty = int(np.count_nonzero(held == 0))
        if empty:
            st.warning(
                f"{empty:,} of the {len(view.present):,} classes keep no sample at all: fewer "
                "samples are kept than there are classes, or a class is very small.",
                icon=":material/warning:",
            )
        pools = st.container()
        histogram, bars = st.columns([3, 2], gap="medium")
        chart, pictures = st.columns([1, 1], gap="medium")
        with chart:  # first, because the browser takes longest to draw it
            if view.map is None:
                st.caption("The map comes when it has been computed.")
            else:
                draw_map(seen, mask)
            likeness = st.container()
        if recipe.strategy == "flexrand":
            with pools:
                draw_pools(seen, recipe)
        with histogram:
            draw_histogram(seen, mask)
        with bars:
            draw_classes(view, mask)
        with pictures:
            draw_pictures(seen, mask)
        if sample_is_open(view):
            sample_dialog(seen)
        st.caption(
            "Whether this subset trains as well as a random one of the same size is not measured "
            "here. Published gains over random are a few points at 10 % kept and vanish as more is "
            "kept; a wrong split can cost much more than that."
        )
        with likeness:  # last: all else is there, and a slider that moves on goes first
            draw_likeness(view, kept, recipe)


prune()
st.page_link("pages/export.py", label="Next: take the subset away", icon=":material/download:")
