"""The columns of the data's own table as pages look at them; exports give them as they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dlc_core.datasets.exact_columns import cell_text
from dlc_core.datasets.numeric_columns import decimals_in

_EXACT = 2**53  # up to here float64, which filters and colours go by, holds every whole number


def seen(values: pd.Series) -> pd.Series:
    """Return a column as numbers, NaN for an empty cell, or as text, "" for one.

    Whole numbers too long for a float are names of things, and so text.
    """
    if pd.api.types.is_bool_dtype(values):
        return _text(values) if values.isna().any() else values
    if pd.api.types.is_integer_dtype(values):
        if (values.max() > _EXACT) or (values.min() < -_EXACT):
            return _text(values)
        return values.astype("float64") if values.isna().any() else values
    if pd.api.types.is_numeric_dtype(values):
        return values
    decimals = decimals_in(values) if pd.api.types.is_string_dtype(values) else None
    if decimals is not None:
        return pd.Series(decimals, index=values.index, name=values.name)
    return _text(values) if values.isna().any() else values


def _text(values: pd.Series) -> pd.Series:
    cells = values.astype(object).map(cell_text, na_action="ignore")
    return cells.where(values.notna(), "").astype(str)


def is_number(values: pd.Series) -> bool:
    """Whether a column is of numbers; True and False are values like others."""
    return isinstance(values.dtype, np.dtype) and values.dtype.kind in "iuf"
