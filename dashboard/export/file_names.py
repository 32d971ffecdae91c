"""Names of exported files, and a recipe in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dlc_core.export import export_format
from dlc_core.recipes import Recipe

_LONGEST = 120  # characters, so that suffixes and a number still fit into a file's name
_SHORT = {"keep_ratio": "keep"}


def stem(run_name: str, recipe: Recipe, part: str = "kept") -> str:
    """Return a file name without suffix that says which subset of which run it is."""
    words = [run_name, recipe.strategy]
    for key, value in _values(recipe):
        if key != "strategy":
            words.append(f"{_SHORT.get(key, key)}-{_plain(value)}")
    words += [] if part == "kept" else [part]
    return re.sub(r"[^\w.-]+", "-", "-".join(words))[:_LONGEST].strip("-.") or "subset"


def file_name(run_name: str, recipe: Recipe, format_name: str, part: str = "kept") -> str:
    """Return the name of a file in a format; that of Python code can be imported."""
    found = export_format(format_name)
    base = stem(run_name, recipe, part)
    if found.suffix == ".py":
        base = re.sub(r"\W", "_", f"subset_{base}")
    return base + (f"-{format_name}" if found.namesake else "") + found.suffix


def in_words(recipe: Recipe) -> str:
    """Return a recipe's values on one line, as plain text."""
    return " · ".join(
        key if value is True else f"{key} {_counts(value)}" for key, value in _values(recipe)
    )


def _values(recipe: Recipe) -> list[tuple[str, Any]]:
    """Return names and values of a recipe, the strategy's parameters each by itself."""
    values = recipe.as_dict()
    parameters = values.pop("parameters", {})
    return [*values.items(), *parameters.items()]


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{len(value)}-classes"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _counts(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={count}" for name, count in value.items())
    return str(value)
