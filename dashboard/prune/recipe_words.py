"""A recipe's values in the words of the page's controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from dashboard.class_balance import BALANCE_NAMES, SCOPE_NAMES
from dashboard.escaping import visible_name
from dlc_core.recipes import Recipe
from dlc_core.selection import strategy

UNUSED = "–"  # of a value that the strategy does not look at
_TITLES = {
    "keep_ratio": "Pruning ratio",
    "score": "Order by",
    "scope": "Choose",
    "balance": "Class balance",
    "minimum": "At least, per class",
    "class_counts": "Own numbers",
    "without_copies": "Copies go first",
    "whole_groups": "Groups kept whole by",
}
_MOST_CLASSES = 4  # whose own numbers are told


def settings_beside(one: Recipe, other: Recipe) -> list[tuple[str, str, str]]:
    """Return (title, words of one, words of the other) of each value that matters to either.

    Parameters come after the ratio; those that the other one's strategy has not are UNUSED there.
    """
    first, second = one.as_dict(), other.as_dict()
    names = [item.name for item in fields(Recipe) if item.name in first or item.name in second]
    rows = [
        (_title(name), _words(name, one), _words(name, other))
        for name in names
        if name != "parameters"
    ]
    return [*rows[:2], *_parameters(one, other), *rows[2:]]


def _title(name: str) -> str:
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def _parameters(one: Recipe, other: Recipe) -> list[tuple[str, str, str]]:
    mine, theirs = _shown(one), _shown(other)
    return [(title, mine.get(title, UNUSED), theirs.get(title, UNUSED)) for title in mine | theirs]


def _shown(recipe: Recipe) -> dict[str, str]:
    return {
        visible_name(item.title): visible_name(item.shown(recipe.parameters[item.name]))
        for item in strategy(recipe.strategy).parameters
    }


def _words(name: str, recipe: Recipe) -> str:
    value = getattr(recipe, name)
    if name == "seed" and not strategy(recipe.strategy).random:
        return UNUSED
    if name == "keep_ratio":
        return f"{100 * (1 - value):.4g} % ({100 * value:.4g} % kept)"
    if name in ("scope", "balance"):
        return (SCOPE_NAMES if name == "scope" else BALANCE_NAMES)[value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _counted(value)
    return visible_name(str(value))


def _counted(counts: Mapping[str, int]) -> str:
    told = [f"{visible_name(name)} {n:,}" for name, n in list(counts.items())[:_MOST_CLASSES]]
    more = len(counts) - len(told)
    return ", ".join([*told, *([f"{more:,} more"] if more > 0 else [])]) or "none"
