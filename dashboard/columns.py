"""The columns of the data's own table, as filters and colours take them: names or numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.text import shortened, visible_name
from dashboard.view import BY_STAMP, View

MOST_COLUMNS = 30
MOST_VALUES = 50  # different texts of a column that can be chosen from
_FEW = 10  # different whole numbers that are rather names than amounts
NOTHING = ""  # the value of an empty cell
_SHOWN = 200  # characters of a cell in words


@dataclass(frozen=True)
class Column:
    """One column: of names, with `values` and `codes`, or of numbers.

    Attributes:
        name: as the data has it; show it as `title`.
        numbers: (N,) float64, NaN = none; None for a column of names.
        values: the different texts, in order; NOTHING last if cells are empty; () for numbers.
        codes: (N,) place of each sample's text in `values`; None for numbers.
    """

    name: str
    numbers: NDArray[np.float64] | None = None
    values: tuple[str, ...] = ()
    codes: NDArray[np.int16] | None = None

    @property
    def title(self) -> str:
        """The name for a person, without markup."""
        return shortened(visible_name(self.name), 32)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(V,) samples of each value; () for numbers."""
        codes = np.empty(0, np.int16) if self.codes is None else self.codes
        return np.bincount(codes, minlength=len(self.values))


@dataclass(frozen=True)
class Columns:
    """What a run's columns offer: those that can be used, and the names of those that cannot."""

    usable: dict[str, Column]
    unusable: tuple[str, ...] = ()


def columns_of(view: View) -> Columns:
    """Return the columns of a run, read once; the same by whichever score it is seen."""
    return _columns(view.base or view)


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_STAMP)
def _columns(view: View) -> Columns:
    table = view.run.columns
    usable: dict[str, Column] = {}
    unusable = []
    for name in map(str, table.columns):
        column = None if len(usable) == MOST_COLUMNS else column_of(name, table[name])
        if column is None:
            unusable.append(name)
        else:
            usable[name] = column
    return Columns(usable, tuple(unusable))


def column_of(name: str, cells: pd.Series) -> Column | None:
    """Return a column as it can be used; None for text with more than 50 different values.

    Up to ten different whole numbers are names (a year, a grade, a camera); others are amounts.

    Args:
        name: of the column.
        cells: (N,) numbers, truth values, times or text; anything else counts as its text.
    """
    numeric = pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)
    codes, found = pd.factorize(cells)  # -1 = empty
    if numeric:
        whole = len(found) <= _FEW and bool(np.isfinite(found).all() and (found % 1 == 0).all())
        if not whole:
            return Column(name, numbers=cells.to_numpy(dtype=np.float64, na_value=np.nan))
        texts = [str(int(value)) for value in found]
        order = sorted(set(texts), key=int)
    else:
        if len(found) > 4 * MOST_VALUES:  # not even as text
            return None
        texts = [str(value) for value in found]
        order = sorted(set(texts) - {NOTHING})
    if len(order) > MOST_VALUES:
        return None
    empty = NOTHING in texts or bool((codes < 0).any())
    values = (*order, NOTHING) if empty else tuple(order)
    places = pd.Index(values, dtype=object).get_indexer(pd.Index([*texts, NOTHING], dtype=object))
    return Column(name, values=values, codes=places.astype(np.int16)[codes])


def value_words(value: str, length: int = 32) -> str:
    """Return a value for a person, without markup."""
    return "(empty)" if value == NOTHING else shortened(visible_name(value), length)


def cells_in_words(view: View, row: int) -> list[tuple[str, str]]:
    """Return name and value of a sample's columns for a person, without markup; at most 100."""
    table = view.run.columns
    found = []
    for name in table.columns[:100]:
        gone = bool(table[name].isna().iat[row])
        text = NOTHING if gone else _text(table[name].iat[row])
        found.append((shortened(visible_name(str(name)), 60), value_words(text, _SHOWN)))
    return found


def _text(cell: object) -> str:
    return f"{cell:.6g}" if isinstance(cell, float | np.floating) else str(cell)
