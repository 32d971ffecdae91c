"""What the subset looks like against the whole, each measure beside random's."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dashboard.view import BY_STAMP, View
from dlc_core.likeness import CLOSER, FARTHER, LIKE, MEASURES, Row, Whole, compared, whole_of_run
from dlc_core.selection import Recipe, Subset
from dlc_core.selection.subset import prepared

_SHORT = {LIKE: "alike", CLOSER: "closer", FARTHER: "farther"}


def draw_likeness(view: View, kept: Subset, recipe: Recipe) -> None:
    """Measure, and show the table; all else is there before, and a newer slider goes first."""
    st.markdown(
        "**How close to the whole**, in feature space, beside five random subsets of this size",
        help="\n".join(f"- **{item.title}**: {item.description}" for item in MEASURES.values()),
    )
    says, place = st.empty(), st.empty()
    whole = _whole(view)
    if whole is None:
        says.caption("This run has no stored components yet; they come with the map.")
        return
    if not len(kept):
        says.caption("Nothing is kept.")
        return
    samples, _ = prepared(view.run, view.candidates, Recipe(without_copies=recipe.without_copies))
    rows: dict[str, Row] = {}
    for row in compared(samples, kept.positions, whole):
        if not row.words and row.name not in rows:  # a chance for a newer slider to go first
            says.caption(f"Updating: {row.title} …")
        rows[row.name] = row
    says.empty()
    with place.container():
        _table(rows)


def _table(rows: dict[str, Row]) -> None:
    known = [rows[name] for name in MEASURES if name in rows]
    table = pd.DataFrame({
        "measure": [row.title for row in known],
        "subset": [_number(row.value) for row in known],
        "random": [_range(row) for row in known],
        "than random": [_SHORT.get(row.words, row.words) for row in known],
    })  # fmt: skip
    st.table(table.set_index("measure"), border="horizontal")


def _number(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.3g}"


def _range(row: Row) -> str:
    low, high = _number(row.random_low), _number(row.random_high)
    return low if low == high else f"{low} to {high}"


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_STAMP)
def _whole(view: View) -> Whole | None:
    return whole_of_run(view.run)
