"""The numbers in a column of a table, however a program has written them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
# A measured number as people print it: no leading zeros, few enough digits for a float.
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_MOST_DIGITS = 15
_HEAD = 50  # cells that are looked at before all are


def numbers_in(values: pd.Series) -> NDArray[np.float64]:
    """Return (N,) the numbers of a column; NaN for an empty cell and for what is no number.

    Text is read as "0.5" or, where no cell has a point, as "0,5", which spreadsheets of many
    countries write.
    """
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    cells = values.astype(object).where(values.notna(), None).tolist()
    texts = [cell for cell in cells if isinstance(cell, str)]
    comma = not any("." in text for text in texts)
    return np.array([_number(cell, comma) for cell in cells], dtype=np.float64)


def all_numbers(values: pd.Series) -> bool:
    """Whether every cell that is not empty is a number, and there is one."""
    there = values[values.notna() & (values.astype(object) != "")]
    if not len(there) or pd.api.types.is_bool_dtype(values):
        return False
    head = there.head(_HEAD)
    return bool(np.isfinite(numbers_in(head)).all() and np.isfinite(numbers_in(there)).all())


def decimals_in(values: pd.Series) -> NDArray[np.float64] | None:
    """Return (N,) the numbers in text such as "0.50", NaN where it is empty; None if it is other.

    Only for looking at them: names of things, such as "007" or a number of 20 digits, are none.
    """
    there = values[values.notna() & (values.astype(object) != "")]
    if not all(map(_is_decimal, there.head(_HEAD))) or not all(map(_is_decimal, there)):
        return None
    return numbers_in(values) if any("." in text for text in there) else None


def _is_decimal(cell: Any) -> bool:
    if not isinstance(cell, str) or not _DECIMAL.fullmatch(cell):
        return False
    return sum(map(str.isdigit, cell.lower().partition("e")[0])) <= _MOST_DIGITS


def _number(cell: Any, comma: bool) -> float:
    if isinstance(cell, str):
        text = cell.strip()
        if not _NUMBER.fullmatch(text) or ("," in text and not comma):
            return np.nan
        return float(text.replace(",", "."))
    if cell is None or isinstance(cell, bool | np.bool_):
        return np.nan
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return np.nan
