"""Filters by the columns of the data's own table: a range of numbers, or some of its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.escaping import visible_name
from dashboard.explore import filter_in_address
from dashboard.view_cache import BY_STAMP
from dlc_core.analysis.filter import Filter, column_range, range_value
from dlc_core.analysis.own_columns import is_number
from dlc_core.analysis.run_view import View

COLUMNS_POPOVER = "filter-columns"
_MOST = 200  # values of a column that can be picked; the most frequent ones


def column_filters(view: View, wanted: Filter) -> None:
    """Show one column at a time: which one, and what of it."""
    names = list(view.columns)
    used = [name for name, _ in wanted.columns if name in names]
    name = st.selectbox(
        "Column",
        names,
        index=names.index(used[0]) if used else 0,
        format_func=visible_name,
        key="filter-column",
    )
    values = view.columns[name]
    key = f"filter-column-{names.index(name)}"
    if is_number(values):
        _range(view, wanted, name, key)
        return
    counts = _counts(view, name)
    st.session_state[key] = [v for n, v in wanted.columns if n == name and v in counts]
    st.multiselect(
        "Values",
        list(counts),
        format_func=lambda value: f"{visible_name(value) or 'empty'} ({counts[value]:,})",
        placeholder=f"any of {len(counts):,}" + (" or more" if len(counts) == _MOST else ""),
        key=key,
        on_change=_changed(view, wanted, name, lambda: list(st.session_state[key])),
    )


def _range(view: View, wanted: Filter, name: str, key: str) -> None:
    numbers = view.columns[name].to_numpy(dtype=np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        st.caption("No numbers in it.")
        return
    ends = float(finite.min()), float(finite.max())
    given = next((column_range(v) for n, v in wanted.columns if n == name), None) or ends
    keys = f"{key}-low", f"{key}-high"
    for column, label, place in zip(st.columns(2), ("Lowest", "Highest"), (0, 1), strict=True):
        st.session_state[keys[place]] = float(given[place])
        column.number_input(
            label,
            step=None,
            format="%.6g",
            key=keys[place],
            on_change=_changed(view, wanted, name, lambda: _value(keys, ends)),
        )
    st.caption(f"{ends[0]:g} to {ends[1]:g} in the data")


def _value(keys: tuple[str, str], ends: tuple[float, float]) -> list[str]:
    low, high = (float(st.session_state[key] or 0) for key in keys)
    low, high = min(low, high), max(low, high)
    return [] if (low, high) == ends else [range_value(low, high)]


def _changed(
    view: View, wanted: Filter, name: str, read: Callable[[], list[str]]
) -> Callable[[], None]:
    def changed() -> None:
        others = tuple(pair for pair in wanted.columns if pair[0] != name)
        mine = tuple((name, value) for value in read())
        filter_in_address.put(view, replace(wanted, columns=others + mine))

    return changed


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_STAMP)
def _counts(view: View, name: str) -> dict[str, int]:
    """Return the most frequent values and how many samples have each."""
    counts: pd.Series = view.columns[name].astype(str).value_counts()
    return {str(value): int(count) for value, count in counts.iloc[:_MOST].items()}
