"""The further columns of a table, kept so that every cell comes back as it was."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.file_names import printable

# Plain, or with a mask of the empty cells ("Int64", "boolean").
Column = NDArray[Any] | pd.api.extensions.ExtensionArray

_WHOLE = re.compile(r"-?[1-9][0-9]{0,17}|0")  # all of them fit 64 bits
_EXACT = 2**53  # up to here float64 holds every whole number


def exact_column(values: pd.Series, *, text: bool = False) -> Column | None:
    """Return a column as numbers or truth values where all cells survive that, else as text.

    "007", "1e5", "1.50" or a whole number of 20 digits stay text, for as numbers they would come
    back as something else; times become ISO text. An empty cell stays empty: None in text, masked
    among whole numbers, NaN among others.

    Args:
        values: (N,) as `read_table` gives them.
        text: whether it must be text, as the names of groups must.

    Returns:
        (N,) values; None where cells are lists, objects or bytes, which no table keeps.
    """
    gone = values.isna().to_numpy(dtype=np.bool_)
    if not text and isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf":
        plain = _plain(values.to_numpy())
        if plain is not None:
            return plain
    cells = values.astype(object).tolist()
    there = [cell for cell, missing in zip(cells, gone.tolist(), strict=True) if not missing]
    kinds = set(map(type, there))
    if any(issubclass(kind, list | dict | set | tuple | bytes | np.ndarray) for kind in kinds):
        return None
    if any(issubclass(kind, np.bool_ | np.number) for kind in kinds):
        there = [cell.item() if isinstance(cell, np.bool_ | np.number) else cell for cell in there]
    found = None if text or not there else _typed(there, gone)
    if found is not None:
        return found
    return _filled(list(map(cell_text, there)), gone, object, None)


def cell_text(cell: Any) -> str:
    """Return a cell as text that says all of it; times as ISO 8601 has them."""
    if isinstance(cell, str):
        return cell if _is_text(cell) else printable(cell)
    if isinstance(cell, pd.Timedelta):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return pd.Timedelta(cell).isoformat()
    if isinstance(cell, datetime.date | datetime.time):  # a datetime and a Timestamp are dates
        try:
            return cell.isoformat()
        except (ValueError, OverflowError):  # a year that Python does not know
            return str(cell)
    return str(cell)


def _is_text(cell: str) -> bool:
    return cell.isascii() or not re.search("[\ud800-\udfff]", cell)


def _plain(values: NDArray[Any]) -> NDArray[Any] | None:
    """Return an array of a table as it is kept: whole numbers in 64 bits; None if it cannot be."""
    if values.dtype.kind == "f":
        return None if np.isinf(values).any() else values  # JSON knows no infinity
    if values.dtype.kind == "u" and values.size and values.max() > np.iinfo(np.int64).max:
        return values.astype(np.uint64)
    return values if values.dtype.kind == "b" else values.astype(np.int64)


def _typed(there: list[Any], gone: NDArray[np.bool_]) -> Column | None:
    """Return cells as numbers or truth values; None if they are not, or would not survive it."""
    kinds = set(map(type, there))
    if kinds == {bool}:
        flags = _filled(there, gone, np.bool_, False)
        return pd.arrays.BooleanArray(flags, gone.copy()) if gone.any() else flags
    if kinds == {int}:
        return _whole(there, gone)
    if kinds == {float} or (kinds == {int, float} and _all_exact(there)):
        return _floats(there, gone)
    if kinds == {str}:
        if all(map(_WHOLE.fullmatch, there)):
            return _whole(list(map(int, there)), gone)
        if _survive(there):
            return _floats(list(map(float, there)), gone)
    return None


def _all_exact(there: list[int | float]) -> bool:
    return all(isinstance(cell, float) or abs(cell) <= _EXACT for cell in there)


def _survive(there: list[str]) -> bool:
    try:
        return all(repr(float(cell)) == cell for cell in there)
    except ValueError:
        return False


def _whole(there: list[int], gone: NDArray[np.bool_]) -> Column | None:
    for dtype in (np.int64, np.uint64):
        limits = np.iinfo(dtype)
        if limits.min <= min(there) and max(there) <= limits.max:
            numbers = _filled(there, gone, dtype, 0)
            return pd.arrays.IntegerArray(numbers, gone.copy()) if gone.any() else numbers
    return None


def _floats(there: list[Any], gone: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    if not all(math.isfinite(cell) for cell in there):
        return None
    return _filled(there, gone, np.float64, np.nan)


def _filled(there: Sequence[Any], gone: NDArray[np.bool_], dtype: Any, empty: Any) -> NDArray[Any]:
    found = np.full(len(gone), empty, dtype=dtype)
    if dtype is object:  # else NumPy would look into each cell for more dimensions
        places = np.flatnonzero(~gone).tolist()
        for place, cell in zip(places, there, strict=True):
            found[place] = cell
    else:
        found[~gone] = np.array(there, dtype=dtype)
    return found
