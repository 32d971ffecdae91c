"""How pages look at the columns of the data's own table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dlc_core.analysis.own_columns import is_number, seen


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([1, 2]), [1, 2]),
        (pd.Series([1, None], dtype="Int64"), [1, np.nan]),
        (pd.Series([0.5, None]), [0.5, np.nan]),
        (pd.Series(["0.50", None, "2"]), [0.5, np.nan, 2]),
    ],
)
def test_numbers(values: pd.Series, expected: list[float]) -> None:
    found = seen(values)
    assert is_number(found)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series(["a", None]), ["a", ""]),
        (pd.Series([None, None], dtype=object), ["", ""]),
        (pd.Series(["007", "1"]), ["007", "1"]),
        (pd.Series([2**53 + 1, 7]), [str(2**53 + 1), "7"]),
        (pd.Series([2**53 + 1, None], dtype="Int64"), [str(2**53 + 1), ""]),
        (pd.Series([2**64 - 6, 1], dtype="uint64"), [str(2**64 - 6), "1"]),
        (pd.Series([True, None], dtype="boolean"), ["True", ""]),
        (pd.Series([True, False]), [True, False]),
    ],
)
def test_all_else(values: pd.Series, expected: list[Any]) -> None:
    found = seen(values)
    assert not is_number(found)
    assert found.tolist() == expected
