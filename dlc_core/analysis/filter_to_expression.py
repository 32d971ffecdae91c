"""The page's filter as an expression that a person can copy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dlc_core.analysis.expression import CONTAINS
from dlc_core.analysis.expression_names import DATA, taken_names
from dlc_core.analysis.expression_tokens import name_in_expression, quoted
from dlc_core.analysis.filter import FAULT, Filter, Range, column_range
from dlc_core.analysis.own_columns import is_number
from dlc_core.analysis.run_view import View

_EVERY = "id >= 0"  # a condition that every sample meets
_WHOLE: Mapping[str, Range] = {"percentile": (0.0, 100.0)}


@dataclass(frozen=True)
class WrittenFilter:
    """A filter as an expression.

    Attributes:
        text: the expression; "" if nothing is left out of the samples.
        left_out: what of the filter no expression says, in words.
    """

    text: str
    left_out: tuple[str, ...] = ()


def expression_of(view: View, wanted: Filter) -> WrittenFilter:
    """Return a filter as an expression."""
    text = " and ".join(_conditions(view, wanted))
    left_out = ["the lasso"] * bool(wanted.lasso) + ["the faults"] * (FAULT in wanted.issues)
    if wanted.inverted and not left_out:
        text = f"not ({text or _EVERY})"
    elif wanted.inverted:  # what is inverted cannot be said without what is left out
        text, left_out = "", [*left_out, "the inversion"]
    return WrittenFilter(text, tuple(left_out))


def _conditions(view: View, wanted: Filter) -> Iterator[str]:
    def classes(ids: Sequence[int]) -> list[str]:
        return [view.classes[class_id] for class_id in ids]

    issues = [issue for issue in wanted.issues if issue != FAULT]
    if wanted.classes:
        yield _any_of("class", classes(wanted.classes))
    if wanted.name:
        yield f"path {CONTAINS} {quoted(wanted.name)}"
    for name, given in (("score", wanted.score), ("percentile", wanted.percentile)):
        if given is not None:
            yield _between(name, given)
    if issues:
        yield _any_of("issue", issues)
    if wanted.decided:
        yield _any_of("decision", wanted.decided)
    if wanted.looks_like:
        yield _any_of("suspected", classes(wanted.looks_like))
    if wanted.subset:
        yield _any_of("subset", [wanted.subset])
    for name in dict.fromkeys(name for name, _ in wanted.columns):
        yield _of_column(view, name, [value for own, value in wanted.columns if own == name])


def _any_of(name: str, values: Sequence[str]) -> str:
    texts = [quoted(value) for value in values]
    return f"{name} = {texts[0]}" if len(texts) == 1 else f"{name} in ({', '.join(texts)})"


def _between(name: str, given: Range) -> str:
    low, high = given
    if low == high:
        return f"{name} = {_number(low)}"
    first, last = _WHOLE.get(name, (-math.inf, math.inf))
    parts = [f"{name} {_bound('>', low)}"] * (low > first)
    parts += [f"{name} {_bound('<', high)}"] * (high < last)
    return " and ".join(parts) or f"{name} >= {_number(first)}"


def _of_column(view: View, column: str, values: Sequence[str]) -> str:
    name = name_in_expression(f"{DATA}{column}" if column in taken_names(view) else column)
    if column not in view.columns or not is_number(view.columns[column]):
        return _any_of(name, values)
    ranges = [given for value in values if (given := column_range(value)) is not None]
    parts = [_between(name, given) for given in ranges]
    if not parts:  # of an address that was made by hand: no sample meets it
        return f"not ({_EVERY})"
    return parts[0] if len(parts) == 1 else f"({' or '.join(f'({part})' for part in parts)})"


def _bound(side: str, value: float) -> str:
    """Return ">= 50" or, for the next number above 50, "> 50": whichever is shorter."""
    beyond = math.nextafter(value, -math.inf if side == ">" else math.inf)
    return min(f"{side}= {_number(value)}", f"{side} {_number(beyond)}", key=len)


def _number(value: float) -> str:
    """Return a number as short as it can be read back exactly."""
    return next(text for text in (f"{value:g}", repr(value)) if float(text) == value)
