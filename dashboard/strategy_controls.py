"""The choice of a strategy, and a control for each of its parameters, made from the registry."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.escaping import for_markdown
from dlc_core.analysis.run_view import View
from dlc_core.needs import lacking, offered
from dlc_core.plugins import broken_plugins
from dlc_core.recipes import Recipe
from dlc_core.selection import Parameter, Strategy, strategy
from dlc_core.selection.parameters import SHORTHAND
from dlc_core.selection.strategies.registry import DEFAULT, GROUP, strategies

STRATEGY, SPLIT = "strategy", "split"
_KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


def wanted_strategy(view: View) -> str:
    """Return the strategy in use: the chosen one, if this run has what it needs."""
    name = str(st.session_state.get(STRATEGY) or DEFAULT)
    return name if name in offered(view.run, strategies()) else DEFAULT


def strategy_control(view: View) -> str:
    """Show the choice among the strategies that this run has the means for; return its name."""
    known = offered(view.run, strategies())
    if st.session_state.get(STRATEGY, DEFAULT) not in known:  # what another run has
        st.session_state[STRATEGY] = DEFAULT
    name = st.selectbox(
        "Strategy",
        list(known),
        key=STRATEGY,
        help="\n".join(
            f"- **{for_markdown(key)}**: {for_markdown(item.description)}"
            for key, item in known.items()
        ),
        **_KEPT,
    )
    chosen = known[name or DEFAULT]
    st.caption(
        for_markdown(f"{chosen.description}."), help=for_markdown(chosen.explanation) or None
    )
    if chosen.warning:
        st.warning(for_markdown(chosen.warning), icon=":material/warning:")
    for words in _left_out(view):
        st.caption(for_markdown(words))
    return name or DEFAULT


def _left_out(view: View) -> list[str]:
    """Return why strategies are not offered: what the run lacks, or that a plug-in is broken."""
    by_need: dict[str, list[str]] = {}
    for name, item in strategies().items():
        if lacks := lacking(view.run, item.needs):
            by_need.setdefault(lacks, []).append(name)
    return [
        *(
            f"Not offered: {', '.join(names)}. {'It needs' if len(names) == 1 else 'They need'} "
            f"{lacks}, which this run lacks."
            for lacks, names in by_need.items()
        ),
        *broken_plugins(GROUP, Strategy),
    ]


def parameter_controls(name: str) -> None:
    """Show a slider for each parameter of a strategy."""
    parameters = strategy(name).parameters
    if parameters:
        split = any(one.name == SHORTHAND for one in parameters)
        st.markdown("**Randomness**" if split else "**Parameters**")
    for one in parameters:
        low, high, default, step = (
            _on_slider(one, value) for value in (one.low, one.high, one.default, _step(one))
        )
        st.slider(
            for_markdown(one.title), low, high, default, step, key=_key(name, one),
            format="%d %%" if one.share else None, help=for_markdown(one.help), **_KEPT,
        )  # fmt: skip


def wanted_parameters(name: str) -> dict[str, float]:
    """Return the parameters of a strategy as its controls stand, on whatever page."""
    found = {}
    for one in strategy(name).parameters:
        value = st.session_state.get(_key(name, one))
        if value is not None:
            found[one.name] = round(value / 100, 4) if one.share else round(value, 6)
    return found


def use_parameters(recipe: Recipe) -> None:
    """Set the controls to a recipe's parameters; call it in a callback."""
    for one in strategy(recipe.strategy).parameters:
        key = _key(recipe.strategy, one)
        st.session_state[key] = _on_slider(one, recipe.parameters[one.name])


def beyond_sliders(recipe: Recipe) -> str:
    """Return why a strategy's sliders cannot show a recipe, or ""."""
    for one in strategy(recipe.strategy).parameters:
        value = recipe.parameters[one.name]
        steps = (value - one.low) / _step(one)
        if abs(steps - round(steps)) > 1e-6:
            steps_of = "whole percent" if one.share else f"steps of {one.step:g}"
            return f"{one.title} would be {one.shown(value)}, and its slider has {steps_of} only."
    return ""


def _key(name: str, parameter: Parameter) -> str:
    """Return the key of a control, which is its name in the page's address, too.

    The split is one control, whichever strategy it is of.
    """
    whole = parameter.share and (parameter.low, parameter.high) == (0, 1)
    return SPLIT if parameter.name == SHORTHAND and whole else f"{name}-{parameter.name}"


def _step(parameter: Parameter) -> float:
    return 1 if parameter.whole else 0.01 if parameter.share else parameter.step


def _on_slider(parameter: Parameter, value: float) -> float:
    """Return a value as its slider has it: whole percents, whole numbers, or a float."""
    if parameter.share:
        return round(100 * value)
    return int(value) if parameter.whole else float(value)
