"""A recipe that comes back: whether it rebuilds the identical subset, and what to do with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from dashboard.escaping import for_markdown, shortened
from dashboard.export.file_names import in_words
from dashboard.recipe import use_recipe
from dashboard.reimport.decisions import in_words as decisions_in_words
from dashboard.reimport.decisions import take_over_buttons
from dashboard.reimport.view_subset import overlap, show_button
from dashboard.strategy_controls import beyond_sliders
from dashboard.toasts import say
from dlc_core.analysis.run_view import View
from dlc_core.decisions import Offered
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.recipes import Rebuilt, Recipe, save_recipe

_MOST_MINIMUM = 100_000  # of the control "At least, per class"


def recipe_found(
    view: View, name: str, record: dict[str, Any], rebuilt: Rebuilt, decisions: Offered
) -> None:
    """Say what it rebuilds, and offer to use it, to keep it, and to take its decisions over.

    Args:
        view: of the run.
        name: of the file, as markdown.
        record: what is in it.
        rebuilt: what came of it.
        decisions: that it was made with.
    """
    kept = rebuilt.subset
    words = for_markdown(shortened(in_words(kept.recipe), 300))
    count = f"{len(kept):,} of {counted(kept.total, 'sample')}"
    if rebuilt.same:
        st.markdown(f"**{name} is a recipe: it rebuilds the identical subset**, {count}.")
    else:
        st.markdown(f"**{name} is a recipe: it rebuilds another subset** than it was made of.")
        st.warning(f"It keeps {count} of this run.", icon=":material/difference:")
    st.caption(words)
    if rebuilt.differences:
        lead = "The subset is the same, though not all that it rests on is:" if rebuilt.same else ""
        found = [f"- {for_markdown(shortened(text, 200))}" for text in rebuilt.differences]
        st.caption("\n".join([lead or "What is not as it was:", "", *found]))
    made = "Made without decisions."
    if decisions.said or decisions.unknown:
        made = f"Its decisions: {decisions_in_words(decisions)}."
    st.caption(made + _other_decisions(view, rebuilt))
    overlap(view, kept.ids)
    problem = beyond_controls(kept.recipe)

    def use() -> None:
        try:
            use_recipe(view, kept.recipe)
        except DLCError as error:
            say(str(error), icon="error")
        else:
            say("The controls say this recipe.")

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Use this recipe", key="brought-use", type="primary", icon=":material/input:",
            on_click=use, disabled=bool(problem), help=problem or "Sets the controls of Prune.",
        )  # fmt: skip
        _keep(view, record, problem)
        take_over_buttons(view, decisions)
        show_button(view, kept.ids)


def _other_decisions(view: View, rebuilt: Rebuilt) -> str:
    now, then = view.candidates, rebuilt.samples
    same = np.array_equal(now.pinned, then.pinned) and np.array_equal(now.excluded, then.excluded)
    if same:
        return ""
    return (
        " Other pins or exclusions stand in the run now, and the controls honour those: used "
        "here, the recipe keeps other samples until they are the same."
    )


def _keep(view: View, record: dict[str, Any], problem: str) -> None:
    def keep() -> None:
        try:
            save_recipe(view.run.path, str(st.session_state["brought-name"]).strip(), record)
        except DLCError as error:
            say(str(error), icon="error")
        else:
            say(f"Saved the recipe as {st.session_state['brought-name']}: it is on Prune.")

    with st.popover("Save it under a name", icon=":material/bookmark_add:", key="brought-keep"):
        st.text_input("Name", key="brought-name", placeholder="A", max_chars=60)
        st.button(
            "Save", key="brought-save", on_click=keep, disabled=bool(problem), help=problem or None
        )


def beyond_controls(recipe: Recipe) -> str:
    """Return why Prune's controls cannot show a recipe, or ""."""
    share = 100 * (1 - recipe.keep_ratio)
    if abs(share - round(share)) > 1e-6 or not 0 <= round(share) <= 99:
        return f"Pruning ratio would be {share:g} %, and its slider has whole percent only."
    if words := beyond_sliders(recipe):
        return words
    if recipe.minimum > _MOST_MINIMUM:
        return f"It keeps at least {recipe.minimum:,} of each class; {_MOST_MINIMUM:,} is the most."
    return ""
