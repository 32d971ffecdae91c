"""The recipe that a person is turning: its controls, and the subset it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import slow_strategies
from dashboard.class_balance import (
    BALANCE,
    COPIES,
    DIVISION,
    GROUPS,
    MINIMUM,
    SCOPE,
    division_controls,
    own_counts,
    use_counts,
)
from dashboard.features_check import require_features
from dashboard.order_by import ORDER_BY, order_by, order_by_control
from dashboard.strategy_controls import (
    STRATEGY,
    parameter_controls,
    strategy_control,
    use_parameters,
    wanted_parameters,
    wanted_strategy,
)
from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.run_view import View
from dlc_core.recipes import Recipe, Subset, subset_of
from dlc_core.runs.group_column import column_groups
from dlc_core.scores import scores_of
from dlc_core.selection import strategy

PRUNED, SEED = "pruned", "seed"
DEFAULTS: dict[str, Any] = {PRUNED: 70, SEED: 0, **DIVISION}
_KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


def current_recipe(view: View) -> Recipe:
    """Return the recipe as the controls stand, on whatever page."""
    values = {key: st.session_state.get(key) for key in DEFAULTS}
    given = {k: DEFAULTS[k] if value is None else value for k, value in values.items()}
    scope = str(given[SCOPE])
    balance = str(given[BALANCE]) if scope == "class" else "data"
    name = wanted_strategy(view)
    return Recipe(
        strategy=name,
        keep_ratio=round(1 - int(given[PRUNED]) / 100, 4),
        parameters=wanted_parameters(name),
        seed=int(given[SEED]),
        scope=scope,
        balance=balance,
        minimum=int(given[MINIMUM]) if scope == "class" and balance != "uniform" else 0,
        class_counts=own_counts(view) if balance == "own" else {},
        without_copies=bool(given[COPIES]) and view.issues is not None,
        whole_groups=str(given[GROUPS]) if given[GROUPS] in view.columns else "",
        score=order_by(view),
    )


def use_recipe(view: View, recipe: Recipe) -> None:
    """Set the controls to a recipe; call it in a callback.

    Raises:
        DLCError: if the run does not have the recipe's score, or its column of groups.
    """
    if recipe.whole_groups:
        column_groups(view.run, recipe.whole_groups)  # says what there is
    if recipe.score not in view.score_names:
        scores_of(view.run, recipe.score)  # says what to do
    st.session_state.update({
        STRATEGY: recipe.strategy,
        PRUNED: round(100 * (1 - recipe.keep_ratio)),
        SEED: recipe.seed,
        SCOPE: recipe.scope,
        BALANCE: recipe.balance,
        MINIMUM: recipe.minimum,
        COPIES: recipe.without_copies,
        GROUPS: recipe.whole_groups,
        ORDER_BY: recipe.score,
    })  # fmt: skip
    use_parameters(recipe)
    use_counts(view, recipe.class_counts)


def recipe_controls(view: View, *, below_split: Callable[[], None] | None = None) -> Recipe:
    """Show the controls, and below the split what the page has to say of it; return the recipe."""
    chosen = strategy_control(view)
    order_by_control(view)
    st.slider(
        "Pruning ratio",
        0,
        99,
        DEFAULTS[PRUNED],
        key=PRUNED,
        format="%d %%",
        help="Share of the samples that is dropped; every class gives its share.",
        **_KEPT,
    )
    parameter_controls(chosen)
    if below_split is not None:
        below_split()
    st.number_input(
        "Seed",
        0,
        2**31 - 1,
        DEFAULTS[SEED],
        key=SEED,
        disabled=not strategy(chosen).random,
        help="Another seed draws other samples from the same pools.",
        **_KEPT,
    )
    with st.expander("Classes, copies and groups", icon=":material/balance:"):
        division_controls(view)
    return current_recipe(view)


def subset(view: View, recipe: Recipe, *, place: str = slow_strategies.PRESENT) -> Subset:
    """Return what the recipe keeps of the run.

    Args:
        view: the run.
        recipe: how to choose.
        place: of the page that waits for it, of those in dashboard/slow_strategies.py.

    Raises:
        StillChoosingError: if the strategy takes long and has not done yet.
        DLCError: if the run lacks what the recipe needs.
    """
    view = by_score(view, recipe.score)
    if strategy(recipe.strategy).features:
        require_features(view)
        return slow_strategies.chosen(view, view.candidates, recipe, place=place)
    slow_strategies.release(place)
    return subset_of(view.run, view.candidates, recipe)
