"""Prune: move a slider, see at once what stays and what goes."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.error_sentences import sentences
from dashboard.escaping import for_markdown
from dashboard.evidence.auto_dialog import auto_button, auto_dialog, auto_is_open
from dashboard.evidence.prune_summary import draw_measured
from dashboard.features_check import checking_line
from dashboard.page_frame import require_view
from dashboard.prune.compare_recipes import draw_pair
from dashboard.prune.numbers import numbers
from dashboard.prune.one_recipe import draw_single
from dashboard.prune.saved import saved
from dashboard.prune.similarity import draw_pair_similarity, draw_similarity
from dashboard.recipe import recipe_controls, subset
from dashboard.sample import sample_dialog, sample_is_open
from dashboard.slow_strategies import BESIDE, StillChoosingError, release
from dashboard.slow_strategy_panel import choosing_panel
from dashboard.toasts import show_said
from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.compare_subsets import SubsetPair, kept_mask, pair_of
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.recipes import Recipe, Subset

view = require_view("Prune")
st.title("Prune")


@st.fragment
@sentences()
def prune() -> None:
    """Controls on the left, what they do on the right."""
    show_said()
    left, right = st.columns([1, 3], gap="large")
    with left, st.container(key="prune-controls"):
        recipe = recipe_controls(view, below_split=partial(auto_button, view))
        st.number_input(
            "Training on everything takes, hours", 0.0, 1e6, 0.0, step=1.0, key="hours",
            persist_state="session", help="To see what is saved, in hours. 0 = not known.",
        )  # fmt: skip
        kept, waiting = None, None
        try:
            seen = by_score(view, recipe.score)
            kept = subset(view, recipe)
        except StillChoosingError as error:
            waiting = error.wanted
        except DLCError as error:
            right.error(for_markdown(str(error)), icon=":material/error:")
            return
        beside = saved(seen, kept)
        if beside is None:
            release(BESIDE)
    if kept is None:
        if waiting is not None:
            with right:
                choosing_panel(waiting)
        return
    mask = kept_mask(view, kept)
    with right:
        checking_line(view, recipe)
        numbers(view, kept)
        if kept.pinned or kept.excluded or kept.copies:
            copies = f" {counted(kept.copies, 'copy')} went first." if kept.copies else ""
            st.caption(
                f"Decisions: {counted(kept.pinned, 'pinned sample')} "
                f"{'is' if kept.pinned == 1 else 'are'} kept, "
                f"{counted(kept.excluded, 'excluded one')} "
                f"{'is' if kept.excluded == 1 else 'are'} left out of all counts.{copies}"
            )
        held = np.bincount(view.class_ids[mask], minlength=len(view.classes))[view.present]
        empty = int(np.count_nonzero(held == 0))
        if empty:
            st.warning(
                f"{empty:,} of the {counted(len(view.present), 'class')} "
                f"{'keeps' if empty == 1 else 'keep'} no sample at all: fewer samples are kept "
                "than there are classes, or a class is very small.",
                icon=":material/warning:",
            )
        pair = put_beside(kept, *beside) if beside else None
        similarity = draw_pair(seen, pair) if pair else draw_single(seen, recipe, mask)
        if sample_is_open(view):
            sample_dialog(seen)
        elif auto_is_open(view):
            auto_dialog(view, recipe)
        draw_measured(view, recipe)
        with similarity:  # last: all else is there, and a slider that moves on goes first
            if pair:
                draw_pair_similarity(view, pair)
            else:
                draw_similarity(view, kept)


def put_beside(kept: Subset, name: str, record: dict[str, Any]) -> SubsetPair | None:
    """Return the present subset and a saved recipe's; say what is wrong where that fails."""
    try:
        other = subset(view, Recipe.of(record["recipe"]), place=BESIDE)
    except StillChoosingError as error:
        choosing_panel(error.wanted, what=f"B, {for_markdown(name)},")
        return None
    except DLCError as error:
        st.error(for_markdown(f"{name}: {error}"), icon=":material/error:")
        return None
    return pair_of(view, kept, name, other)


prune()
st.page_link("pages/export.py", label="Next: take the subset away", icon=":material/download:")
st.page_link(
    "pages/export.py",
    label="Bring back a recipe, decisions or a subset taken away earlier",
    icon=":material/upload_file:",
)
