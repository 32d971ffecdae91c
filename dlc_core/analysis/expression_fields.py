"""What a name in a filter expression can stand for: numbers, texts, or a set of words."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.analysis.expression import CONTAINS, Condition
from dlc_core.analysis.expression_tokens import NUMBER, expected
from dlc_core.errors import DLCError, clipped

Mask = NDArray[np.bool_]
Coded = tuple[
    NDArray[np.int64], list[str]
]  # (N,) which of the texts each sample has, and the texts
_ORDERS: Mapping[str, Callable[..., object]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_LISTED = 12  # names in a sentence
_LONG = 40  # characters of one of them


class Field(Protocol):
    """What a column of samples is held against, and how."""

    def mask(self, condition: Condition) -> Mask:
        """Return (N,) whether each sample meets the condition.

        Raises:
            DLCError: if the operator or a value does not fit the column.
        """


@dataclass(frozen=True)
class Numbers:
    """A column of numbers; what is not a number (NaN) meets no condition.

    Attributes:
        values: returns (N,) numbers.
    """

    values: Callable[[], NDArray[np.float64]]

    def mask(self, condition: Condition) -> Mask:
        """See Field."""
        if condition.operator == CONTAINS:
            raise DLCError(_unfit(condition, "numbers", "=, !=, <, <=, >, >=, in or not in"))
        numbers = numbers_of(condition)
        values = self.values()
        if condition.operator == "=":
            return np.isin(values, numbers)
        return np.asarray(_ORDERS[condition.operator](values, numbers[0]), dtype=np.bool_)


def numbers_of(condition: Condition) -> list[float]:
    """Return a condition's values as numbers.

    Raises:
        DLCError: if one is none.
    """
    for value in condition.values:
        if value.kind != NUMBER:
            raise expected(value, f"a number: {_named(condition)} holds numbers")
    return [float(value.text) for value in condition.values]


@dataclass(frozen=True)
class Texts:
    """A column of texts, held against them letter by letter; contains ignores the case.

    Attributes:
        coded: returns the column.
        closed: whether no other text can be meant, so that another one is a mistake.
        meant: turns what was written into what the column holds.
    """

    coded: Callable[[], Coded]
    closed: bool = False
    meant: Callable[[str], str] = str

    def mask(self, condition: Condition) -> Mask:
        """See Field."""
        codes, texts = self.coded()
        wanted = [self.meant(value.text) for value in condition.values]
        if condition.operator == "=":
            if self.closed:
                require_known(condition, wanted, texts)
            there = set(wanted)
            tested = np.array([text in there for text in texts], dtype=np.bool_)
        elif condition.operator == CONTAINS:
            found = pd.Series(texts, dtype="str").str.contains(wanted[0], case=False, regex=False)
            tested = found.to_numpy(dtype=np.bool_)
        else:
            if condition.values[0].kind == NUMBER:
                raise expected(
                    condition.values[0], f"a text in quotes: {_named(condition)} is text"
                )
            order = _ORDERS[condition.operator]
            tested = np.array([bool(order(text, wanted[0])) for text in texts], dtype=np.bool_)
        return np.asarray(tested[codes], dtype=np.bool_)


@dataclass(frozen=True)
class Words:
    """Words of which a sample may have several, or none.

    Attributes:
        masks: word -> returns (N,) whether each sample has it.
        meant: turns what was written into one of them.
    """

    masks: Mapping[str, Callable[[], Mask]]
    meant: Callable[[str], str] = str

    def mask(self, condition: Condition) -> Mask:
        """See Field."""
        if condition.operator != "=":
            raise DLCError(_unfit(condition, "words", "=, !=, in or not in"))
        wanted = [self.meant(value.text) for value in condition.values]
        require_known(condition, wanted, list(self.masks))
        return np.asarray(np.logical_or.reduce([self.masks[word]() for word in wanted]))


def coded_texts(values: pd.Series) -> Coded:
    """Return a column of texts with each different one once; an empty cell is ""."""
    codes, texts = pd.factorize(values.astype("str").fillna(""))
    return codes.astype(np.int64), [str(text) for text in texts]


def require_known(condition: Condition, wanted: list[str], known: list[str]) -> None:
    """Refuse a text that a column cannot hold: it is mistyped.

    Raises:
        DLCError: with those that it can.
    """
    there = set(known)
    for value, text in zip(condition.values, wanted, strict=True):
        if text not in there:
            raise expected(value, f"one of {listed(text, known)}, for {_named(condition)}")


def listed(wanted: str, known: list[str]) -> str:
    """Return names in a sentence, the likeliest first, at most a dozen."""
    import difflib

    if not known:
        return "none: there is none"
    near = difflib.get_close_matches(wanted, known[:5000], n=3)
    some = list(dict.fromkeys([*near, *known]))[:_LISTED]
    more = f" and {len(known) - len(some):,} more" if len(known) > len(some) else ""
    return ", ".join(clipped(name, _LONG) for name in some) + more


def _named(condition: Condition) -> str:
    return clipped(condition.name.text, _LONG)


def _unfit(condition: Condition, holds: str, operators: str) -> str:
    return (
        f"the filter at character {condition.name.place}: {_named(condition)} holds {holds}, got "
        f"{condition.operator}, expected {operators}."
    )
