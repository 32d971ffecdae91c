"""A recipe of `dlc prune` whose strategy or parameter is "auto": chosen by evidence."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from dlc_core.errors import DLCError
from dlc_core.selection.parameters import AUTO, SHORTHAND
from dlc_core.selection.strategies.registry import DEFAULT

if TYPE_CHECKING:
    from dlc_core.runs import Run


def chosen_by_evidence(
    options: argparse.Namespace, scored: Run, values: dict[str, Any]
) -> dict[str, Any]:
    """Return a recipe's values with strategy, parameters and score chosen (`dlc auto`).

    Args:
        options: of `dlc prune`; --keep is given.
        scored: the run that it is chosen on.
        values: the recipe's, as they were given.

    Raises:
        DLCError: if scores were given, too, or the run cannot be judged.
    """
    from dlc_core.cli.auto import chosen
    from dlc_core.cli.ctrl_c import Stop
    from dlc_core.evidence.arms import arm_of, recipe_values_of
    from dlc_core.evidence.stored_choice import words

    if options.score is not None or options.scores is not None:
        raise DLCError("auto chooses by the run's own scores; leave --score and --scores out.")
    name = str(values.get("strategy", DEFAULT))
    arm = name if name == AUTO else arm_of(name, _settings(values)).name
    choice = chosen(
        scored, arm, keep_ratio=options.keep,
        seed=options.seed or 0, decisions=not options.ignore_decisions, stop=Stop().listen(),
        job=options.job,
    )  # fmt: skip
    print(f"dlc: {words(choice, options.keep)}", file=sys.stderr)
    replaced = ("strategy", SHORTHAND, "parameters")
    left = {key: value for key, value in values.items() if key not in replaced}
    return {**left, **recipe_values_of(choice.arm)}


def _settings(values: dict[str, Any]) -> dict[str, float | None]:
    """Return the parameters that were given; None = to choose it."""
    given = dict(values.get("parameters", {}))
    if SHORTHAND in values:
        given[SHORTHAND] = values[SHORTHAND]
    return {name: None if value == AUTO else value for name, value in given.items()}


def is_auto(values: dict[str, Any]) -> bool:
    """Whether a recipe's values leave its strategy or a parameter to evidence."""
    return values.get("strategy") == AUTO or None in _settings(values).values()
