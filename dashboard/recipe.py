"""The recipe that a person is turning: its controls, and the subset it gives."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.view import View
from dlc_core.selection import STRATEGIES, Recipe, Subset, subset_of
from dlc_core.selection.flexrand import pools

STRATEGY, PRUNED, SPLIT, SEED = "strategy", "pruned", "split", "seed"
DEFAULTS = {PRUNED: 70, SPLIT: 50, SEED: 0}


def current_recipe() -> Recipe:
    """Return the recipe as the controls stand, on whatever page."""
    pruned, split, seed = (
        int(st.session_state.get(key, default) or 0) for key, default in DEFAULTS.items()
    )
    return Recipe(
        strategy=str(st.session_state.get(STRATEGY) or "flexrand"),
        keep_ratio=round(1 - pruned / 100, 4),
        gamma=round(split / 100, 4),
        seed=seed,
    )


def recipe_controls() -> Recipe:
    """Show the controls; return the recipe."""
    name = st.selectbox(
        "Strategy",
        list(STRATEGIES),
        key=STRATEGY,
        bind="query-params",
        persist_state="session",
        help="\n".join(f"- **{key}**: {item.description}" for key, item in STRATEGIES.items()),
    )
    chosen = STRATEGIES[name or "flexrand"]
    st.caption(chosen.description + ".")
    if chosen.warning:
        st.warning(chosen.warning, icon=":material/warning:")
    st.slider(
        "Pruning ratio",
        0,
        99,
        DEFAULTS[PRUNED],
        key=PRUNED,
        format="%d %%",
        bind="query-params",
        persist_state="session",
        help="Share of the samples that is dropped; every class gives its share.",
    )
    st.markdown("**Randomness**")
    st.slider(
        "Easy/hard split",
        0,
        100,
        DEFAULTS[SPLIT],
        key=SPLIT,
        format="%d %%",
        disabled=not chosen.split,
        bind="query-params",
        persist_state="session",
        help="Share of each class, easiest first, that forms the easy pool (gamma). Below 50 % the "
        "subset leans easy, above it leans hard; 0, 50 and 100 % are almost plain random.",
    )
    st.number_input(
        "Seed",
        0,
        2**31 - 1,
        DEFAULTS[SEED],
        key=SEED,
        disabled=not chosen.random,
        bind="query-params",
        persist_state="session",
        help="Another seed draws other samples from the same pools.",
    )
    return current_recipe()


def subset(view: View, recipe: Recipe) -> Subset:
    """Return what the recipe keeps of the run."""
    return subset_of(view.run, view.candidates, recipe)


def kept_mask(view: View, kept: Subset) -> NDArray[np.bool_]:
    """Return (N,) whether each sample is kept."""
    mask = np.zeros(len(view.samples), dtype=np.bool_)
    mask[kept.positions] = True
    return mask


def pools_in_words(view: View, recipe: Recipe) -> str:
    """Say how FlexRand splits and samples the classes."""
    found = pools(view.candidates, keep_ratio=recipe.keep_ratio, gamma=recipe.gamma)
    easy_size = int(found.sizes.sum())
    hard_size = view.candidates.eligible - easy_size
    parts = [
        f"{int(quota.sum()):,} of the {size:,} {name} ({100 * quota.sum() / size:.0f} %)"
        for name, quota, size in (
            ("easiest", found.easy, easy_size),
            ("hardest", found.hard, hard_size),
        )
        if size
    ]
    return "Draws " + " and ".join(parts) + ", at random, class by class."
