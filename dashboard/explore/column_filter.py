"""The filters by columns of the data's own table: one column at a time, so that many stay quick."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.columns import Column, columns_of, value_words
from dashboard.explore import trail
from dashboard.explore.filter import Filter
from dashboard.text import for_markdown
from dashboard.view import View

_COLUMN, _VALUES = "filter-column", "filter-column-values"
_LIMITS = {"lowest": "filter-column-lowest", "highest": "filter-column-highest"}
_LISTED = 5  # names of columns that are not offered


def column_filter(view: View, wanted: Filter) -> None:
    """Show which column, and the conditions on it; nothing if the data has no columns."""
    found = columns_of(view)
    if not (found.usable or found.unusable):
        return
    with st.popover("Columns", icon=":material/table:"):
        if found.usable:
            names = list(found.usable)
            if st.session_state.get(_COLUMN) not in names:  # of another run
                st.session_state[_COLUMN] = _first(names, wanted)
            name = st.selectbox(
                "Column of the data",
                names,
                format_func=lambda name: found.usable[name].title,
                key=_COLUMN,
            )
            column = found.usable[str(name)]
            _amounts(column, wanted, view) if column.codes is None else _names(column, wanted, view)
        if found.unusable:
            some = ", ".join(for_markdown(name) for name in found.unusable[:_LISTED])
            more = " …" if len(found.unusable) > _LISTED else ""
            st.caption(f"Not offered, with too many different values or columns: {some}{more}")


def _first(names: list[str], wanted: Filter) -> str:
    """Return a column that there is a condition on, else the first."""
    used = [one[0] for one in (*wanted.values, *wanted.numbers)]
    return next((name for name in used if name in names), names[0])


def _names(column: Column, wanted: Filter, view: View) -> None:
    counts = dict(zip(column.values, column.counts.tolist(), strict=True))
    known = dict(wanted.values).get(column.name, ())
    st.session_state[_VALUES] = [value for value in known if value in counts]

    def changed() -> None:
        trail.put(view, wanted.with_values(column.name, st.session_state[_VALUES]))

    st.multiselect(
        "Any of",
        column.values,
        format_func=lambda value: f"{value_words(value)} · {counts[value]:,}",
        placeholder=f"All {len(column.values):,} values",
        key=_VALUES,
        on_change=changed,
    )


def _amounts(column: Column, wanted: Filter, view: View) -> None:
    assert column.numbers is not None
    finite = column.numbers[np.isfinite(column.numbers)]
    whole = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    known = {name: (low, high) for name, low, high in wanted.numbers}
    limits = known.get(column.name, whole)

    def changed() -> None:
        given = [st.session_state[key] for key in _LIMITS.values()]
        low, high = (
            limit if value is None else float(value)
            for value, limit in zip(given, whole, strict=True)
        )
        chosen = min(low, high), max(low, high)
        trail.put(view, wanted.with_numbers(column.name, None if chosen == whole else chosen))

    for place, (field, (words, key)) in enumerate(zip(st.columns(2), _LIMITS.items(), strict=True)):
        st.session_state[key] = limits[place]
        field.number_input(words.capitalize(), step=None, format="%.6g", key=key, on_change=changed)
    gone = len(column.numbers) - len(finite)
    if gone:
        st.caption(f"{gone:,} samples have no number here; a range leaves them out.")
