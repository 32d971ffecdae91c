"""A recipe's values in the words of the page's controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from dashboard.class_balance import BALANCE_NAMES, SCOPE_NAMES
from dashboard.escaping import visible_name
from dlc_core.selection import STRATEGIES, Recipe

UNUSED = "–"  # of a value that the strategy does not look at
_TITLES = {
    "keep_ratio": "Pruning ratio",
    "gamma": "Easy/hard split",
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
    """Return (title, words of one, words of the other) of each value that matters to either."""
    first, second = one.as_dict(), other.as_dict()
    return [
        (
            _TITLES.get(item.name, item.name.replace("_", " ").capitalize()),
            _words(item, one, first),
            _words(item, other, second),
        )
        for item in fields(Recipe)
        if item.name in first or item.name in second
    ]


def _words(item: Field[Any], recipe: Recipe, said: Mapping[str, Any]) -> str:
    chosen = STRATEGIES[recipe.strategy]
    if (item.name == "gamma" and not chosen.split) or (item.name == "seed" and not chosen.random):
        return UNUSED
    plain = item.default_factory() if item.default_factory is not MISSING else item.default
    value = said.get(item.name, plain)
    if item.name == "keep_ratio":
        return f"{100 * (1 - value):.4g} % ({100 * value:.4g} % kept)"
    if item.name == "gamma":
        return f"{100 * value:.4g} %"
    if item.name in ("scope", "balance"):
        return (SCOPE_NAMES if item.name == "scope" else BALANCE_NAMES)[value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _counted(value)
    return visible_name(str(value))


def _counted(counts: Mapping[str, int]) -> str:
    told = [f"{visible_name(name)} {n:,}" for name, n in list(counts.items())[:_MOST_CLASSES]]
    more = len(counts) - len(told)
    return ", ".join([*told, *([f"{more:,} more"] if more > 0 else [])]) or "none"
