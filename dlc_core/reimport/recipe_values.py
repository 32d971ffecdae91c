"""A recipe's record from a stranger, cut down to what dlc writes and of the right types."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from dlc_core.errors import DLCError

_PARTS = ("format", "recipe", "dataset", "run", "decisions", "subset", "versions")
_DECISIONS = ("pinned", "excluded", "relabelled")
_LONGEST = 200  # characters of a text that is shown or kept
_LARGEST = 2**31 - 1


def _share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


_EXPECTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "strategy": (lambda value: isinstance(value, str), "a name"),
    "keep_ratio": (_share, "a number in (0, 1]"),
    "gamma": (_share, "a number in [0, 1]"),
    "parameters": (
        lambda value: isinstance(value, dict) and all(map(_share, value.values())),
        "numbers by name",
    ),
    "seed": (_whole, f"a whole number from 0 to {_LARGEST:,}"),
    "minimum": (_whole, "a whole number from 0 on"),
    "class_counts": (
        lambda value: isinstance(value, dict) and all(map(_whole, value.values())),
        "whole numbers by class",
    ),
    "score": (lambda value: isinstance(value, str), "a name"),
    "without_copies": (lambda value: isinstance(value, bool), "true or false"),
    "whole_groups": (lambda value: isinstance(value, str), "the name of a column"),
}


def plain_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a record that dlc knows.

    Args:
        record: with the parts that a recipe has.

    Raises:
        DLCError: if a value of its recipe is of another type or size than dlc writes.
    """
    for name, value in record["recipe"].items():
        fits, expected = _EXPECTED.get(name, (lambda _: True, ""))
        if not fits(value):
            raise DLCError(f"it is a recipe whose {name} is {_short(value)}, expected {expected}.")
    found = {name: record[name] for name in _PARTS if name in record}
    for name in ("dataset", "run", "subset", "versions"):
        values = found.get(name)
        if isinstance(values, Mapping):
            found[name] = {key: _plain(value) for key, value in [*values.items()][:50]}
        else:
            found.pop(name, None)
    decisions = record["decisions"]
    found["decisions"] = {name: decisions[name] for name in _DECISIONS if name in decisions}
    try:
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise DLCError("it is a recipe with text or numbers that no file can hold.") from error
    return found


def _plain(value: Any) -> Any:
    simple = value is None or isinstance(value, bool) or _share(value)
    return value if simple else _short(value)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else f"{value!r:.{_LONGEST}}"
    return text[:_LONGEST]
