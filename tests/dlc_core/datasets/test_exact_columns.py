"""Cells of a user's table are kept as they are: numbers where that changes none, else text."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlc_core.datasets.exact_columns import cell_text, exact_column


def kept(cells: list[Any], **how: Any) -> pd.Series:
    found = exact_column(pd.Series(cells, dtype=object), **how)
    assert found is not None
    return pd.Series(found, dtype=object if found.dtype == object else None)


LONG = "9007199254740993"  # 2**53 + 1, which float64 does not have


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["1", "-20", "0"], "int64"),
        ([LONG, None, "3"], "Int64"),
        ([int(LONG), None], "Int64"),
        ([2**64 - 6, 1], "uint64"),
        ([2**64 - 6, None], "UInt64"),
        (["0.5", None, "-1e-05", "1e+22"], "float64"),
        ([1, 2.5, None], "float64"),
        ([True, False], "bool"),
        ([True, None], "boolean"),
    ],
)
def test_numbers_that_survive_are_numbers(cells: list[Any], dtype: str) -> None:
    found = kept(cells)
    assert str(found.dtype) == dtype
    assert [None if pd.isna(cell) else cell for cell in found] == [
        float(cell) if dtype == "float64" and cell else int(cell) if isinstance(cell, str) else cell
        for cell in cells
    ]


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "1"], ["1e5", "2e5"], ["1.50", "2.25"], ["+1", "2"], ["-0", "1"], [" 1", "2"],
        ["1_000", "2"], ["0x10"], ["١٢", "3"], ["inf", "1.5"], ["nan", "1"], ["1", "2.5"],
        ["18446744073709551617", "1"], ["True", "False"], ["1,5", "2"], [LONG + ".0"],
        [None, None],
    ],
)  # fmt: skip
def test_text_that_would_not_survive_stays_text(cells: list[str | None]) -> None:
    assert kept(cells).tolist() == cells


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ([2**64, 1], ["18446744073709551616", "1"]),
        ([-1, 2**63], ["-1", "9223372036854775808"]),
        ([int(LONG), 0.5], [LONG, "0.5"]),
        ([1, "1", True], ["1", "1", "True"]),
        ([float("inf"), 1.0], ["inf", "1.0"]),
        ([Decimal("1.10"), None], ["1.10", None]),
        ([dt.date(2024, 3, 31)], ["2024-03-31"]),
        ([dt.time(1, 59)], ["01:59:00"]),
        ([dt.datetime(2024, 3, 31, 1, 59), None], ["2024-03-31T01:59:00", None]),
        ([dt.timedelta(seconds=3)], ["P0DT0H0M3S"]),
        (["half \ud800"], ["half \\ud800"]),
    ],
)
def test_what_no_column_of_numbers_holds_is_text(cells: list[Any], texts: list[str | None]) -> None:
    assert kept(cells).tolist() == texts


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize("gap", [False, True])
def test_times_are_iso_text_with_a_gap_or_without(unit: str, zone: str | None, gap: bool) -> None:
    times = pd.Series(pd.to_datetime(["2024-03-31 01:59", "2024-04-01 12:00"]))
    times = times.astype(np.dtype(f"M8[{unit}]"))
    times = times.dt.tz_localize(zone)
    if gap:
        times[1] = None
    end = "" if zone is None else "+01:00"
    found = exact_column(times)
    assert found is not None
    assert found[0] == f"2024-03-31T01:59:00{end}"
    assert (found[1] is None) == gap


def test_a_year_that_python_does_not_know_is_no_crash() -> None:
    assert "38504" in kept([pd.Timestamp(2**60, unit="us")])[0]


def test_the_names_of_groups_are_text() -> None:
    assert kept([int(LONG), None, 7], text=True).tolist() == [LONG, None, "7"]
    assert kept(["1", "2"], text=True).tolist() == ["1", "2"]
    assert exact_column(pd.Series([1, 2]), text=True).tolist() == ["1", "2"]  # type: ignore[union-attr]


@pytest.mark.parametrize("cell", [[1], {"a": 1}, b"x", (1,), np.zeros(2)])
def test_lists_are_not_kept(cell: Any) -> None:
    values = pd.Series([cell, None], dtype=object)
    assert exact_column(values) is None


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint32", "float32", "float64", "bool"])
def test_arrays_stay_what_they_are(dtype: str) -> None:
    values = pd.Series(np.array([0, 1], dtype=dtype))
    found = exact_column(values)
    assert found is not None
    assert found.tolist() == values.tolist()
    assert exact_column(pd.Series(["b", "a", "b"], dtype="category")).tolist() == ["b", "a", "b"]  # type: ignore[union-attr]


NUMBERLIKE = st.text(alphabet="0123456789.-+eE_ ", min_size=1, max_size=8)
WHOLE = st.integers(-(10**20), 10**20).map(str)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(repr)


@given(st.lists(st.one_of(NUMBERLIKE, WHOLE, FLOATS), min_size=1, max_size=4))
def test_every_cell_of_a_csv_comes_back(cells: list[str]) -> None:
    """Whatever the column has become, a CSV of it says the same."""
    text = pd.DataFrame({"x": kept(cells)}).to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)
    again = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)["x"].tolist()
    assert again == cells


def test_text_of_cells() -> None:
    assert cell_text(np.float64(0.5)) == "0.5"
    assert cell_text(pd.Timedelta("1s")) == "P0DT0H0M1S"
