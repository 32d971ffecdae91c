"""A filter expression as the filter of a page, where the page can hold it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.analysis.expression import CONTAINS, And, Condition, Expression, Not, Or, parse
from dlc_core.analysis.expression_fields import numbers_of
from dlc_core.analysis.expression_masks import mask_where
from dlc_core.analysis.expression_names import (
    ANY,
    DATA,
    NONE,
    decision_meant,
    issue_meant,
    own_field,
    taken_names,
)
from dlc_core.analysis.filter import (
    DECIDED,
    LONGEST_VALUE,
    MOST_VALUES,
    Filter,
    Range,
    column_range,
    range_value,
)
from dlc_core.analysis.own_columns import is_number
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError, clipped

_WAY = "ask dlc list for the rest"


def filter_of(view: View, text: str) -> Filter:
    """Return an expression as a filter of the page; both mean the same samples.

    Raises:
        DLCError: if it is no expression on the run, or the page cannot hold it.
    """
    tree = parse(text)
    mask_where(view, tree)  # says what is wrong with names and values
    inverted = isinstance(tree, Not)
    if isinstance(tree, Not):
        tree = tree.part
    found = Filter()
    for part in _parts(tree):
        found = _joined(found, _held(view, part))
    return replace(found, inverted=inverted)


def _parts(tree: Expression) -> Iterator[Condition | Or | Not]:
    """Yield what is joined by and, however it is bracketed."""
    if isinstance(tree, And):
        for part in tree.parts:
            yield from _parts(part)
    else:
        yield tree


def _held(view: View, part: Condition | Or | Not) -> Filter:
    if isinstance(part, Or):
        raise DLCError(f"the page holds conditions joined by and, got an or; {_WAY}.")
    if isinstance(part, Not):
        raise DLCError(f"the page inverts all conditions or none, got a part of them; {_WAY}.")
    name = part.name.text
    held = _HELD.get(name)
    own = name if name not in taken_names(view) and name in view.columns else ""
    own = own or (name.removeprefix(DATA) if name.startswith(DATA) else "")
    if held is None and own in view.columns:
        return Filter(columns=tuple((own, value) for value in _own_values(view, own, part)))
    if held is None or (held not in (_range, _named) and part.operator != "="):
        raise _unheld(part)
    return held(view, part)


def _unheld(part: Condition) -> DLCError:
    return DLCError(
        f"the page has no condition such as {clipped(part.name.text, 40)} {part.operator} "
        f"{clipped(part.values[0].text, 40)}; {_WAY}."
    )


def _joined(one: Filter, other: Filter) -> Filter:
    changes: dict[str, Any] = {}
    for name in vars(other):
        value, there = getattr(other, name), getattr(one, name)
        if value == getattr(Filter(), name):
            continue
        if name in ("score", "percentile") and there is not None:
            value = max(there[0], value[0]), min(there[1], value[1])
        elif name == "columns":
            value = _joined_columns(there, value)
        elif there != getattr(Filter(), name):
            raise DLCError(f"the page holds each condition once, got two on one name; {_WAY}.")
        changes[name] = value
    found = replace(one, **changes)
    for given in (found.score, found.percentile):
        if given is not None and given[0] > given[1]:
            raise DLCError(f"no sample can meet this range, which the page cannot hold; {_WAY}.")
    return found


def _joined_columns(
    there: tuple[tuple[str, str], ...], more: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    name = more[0][0]
    same = [value for column, value in there if column == name]
    if not same:
        return there + more
    ranges = [column_range(value) for value in (*same, *(value for _, value in more))]
    if len(ranges) != 2 or ranges[0] is None or ranges[1] is None:
        raise DLCError(f"the page holds each condition once, got two on one name; {_WAY}.")
    low, high = max(ranges[0][0], ranges[1][0]), min(ranges[0][1], ranges[1][1])
    if low > high:
        raise DLCError(f"no sample can meet this range, which the page cannot hold; {_WAY}.")
    others = tuple(pair for pair in there if pair[0] != name)
    return (*others, (name, range_value(low, high)))


def _texts(part: Condition) -> list[str]:
    return [value.text for value in part.values]


def _classes(view: View, part: Condition) -> tuple[int, ...]:
    return tuple(sorted({view.classes.index(text) for text in _texts(part)}))


def _named(_view: View, part: Condition) -> Filter:
    if part.operator != CONTAINS or not 0 < len(part.values[0].text) <= LONGEST_VALUE:
        raise _unheld(part)
    return Filter(name=part.values[0].text)


def _range(view: View, part: Condition) -> Filter:
    name = part.name.text
    values = view.scores if name == "score" else view.percentile
    limits = _limits(part, (0.0, 100.0) if name == "percentile" else _ends(values))
    return Filter(score=limits) if name == "score" else Filter(percentile=limits)


def _ends(values: NDArray[np.float64]) -> Range:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)


def _limits(part: Condition, ends: Range) -> Range:
    """Return the lowest and highest number that meet a condition."""
    numbers = numbers_of(part)
    if part.operator not in _LIMITS or len(numbers) > 1:
        raise _unheld(part)
    low, high = _LIMITS[part.operator](numbers[0], ends)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise _unheld(part)
    return low, high


_LIMITS: Mapping[str, Callable[[float, Range], Range]] = {
    "=": lambda number, _ends: (number, number),
    ">=": lambda number, ends: (number, max(number, ends[1])),
    "<=": lambda number, ends: (min(number, ends[0]), number),
    ">": lambda number, ends: (math.nextafter(number, math.inf), max(number, ends[1])),
    "<": lambda number, ends: (min(number, ends[0]), math.nextafter(number, -math.inf)),
}


def _own_values(view: View, column: str, part: Condition) -> list[str]:
    values = view.columns[column]
    if is_number(values):
        numbers = values.to_numpy(dtype=np.float64)
        if np.isinf(numbers).any():  # a range of an address is finite
            raise _unheld(part)
        low, high = _limits(part, _ends(numbers))
        if low > high:
            raise DLCError(f"no sample can meet this range, which the page cannot hold; {_WAY}.")
        return [range_value(low, high)]
    if part.operator != "=":
        raise _unheld(part)
    field = own_field(view, column)
    meant: Callable[[str], str] = getattr(field, "meant", str)
    found = list(dict.fromkeys(map(meant, _texts(part))))
    if len(found) > MOST_VALUES or any(len(text) > LONGEST_VALUE for text in found):
        raise _unheld(part)
    return found


def _issues(_view: View, part: Condition) -> Filter:
    names = tuple(dict.fromkeys(map(issue_meant, _texts(part))))
    if ANY in names or NONE in names:
        raise _unheld(part)
    return Filter(issues=names)


def _decisions(_view: View, part: Condition) -> Filter:
    names = {decision_meant(text) for text in _texts(part)}
    return Filter(decided=tuple(key for key in DECIDED if key in names))


def _suspected(view: View, part: Condition) -> Filter:
    if "" in _texts(part):
        raise _unheld(part)
    return Filter(looks_like=_classes(view, part))


def _subset(_view: View, part: Condition) -> Filter:
    if len(part.values) > 1:
        raise _unheld(part)
    return Filter(subset=part.values[0].text)


_HELD: Mapping[str, Callable[[View, Condition], Filter]] = {
    "class": lambda view, part: Filter(classes=_classes(view, part)),
    "label": lambda view, part: Filter(classes=_classes(view, part)),
    "path": _named,
    "score": _range,
    "percentile": _range,
    "issue": _issues,
    "decision": _decisions,
    "suspected": _suspected,
    "subset": _subset,
}
