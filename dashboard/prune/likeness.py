"""What the subset looks like against the whole, each measure beside random's."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.view import BY_STAMP, View
from dlc_core.kinds import read_neighbours
from dlc_core.likeness import MEASURES, Row, Whole, compared, whole_of
from dlc_core.reduced import stored_components
from dlc_core.selection import Recipe, Subset
from dlc_core.selection.subset import prepared

_TOO_FEW_PINS = "Random would keep fewer: more samples are pinned than the recipe asks for."


def draw_likeness(view: View, kept: Subset, recipe: Recipe) -> None:
    """Measure and show row by row; the page is complete before, and a newer slider goes first."""
    st.markdown(
        "**Against the whole**, in feature space, beside five random subsets of the same size",
        help="\n".join(f"- **{item.title}**: {item.description}" for item in MEASURES.values()),
    )
    place = st.empty()
    whole = _whole(view)
    if whole is None:
        place.caption("This run has no stored components yet; they come with the map.")
        return
    if not len(kept):
        place.caption("Nothing is kept.")
        return
    samples, _ = prepared(view.run, view.candidates, Recipe(without_copies=recipe.without_copies))
    rows: dict[str, Row] = {}
    for row in compared(samples, kept.positions, whole):
        rows[row.name] = row
        with place.container():
            _table(rows)


def _table(rows: dict[str, Row]) -> None:
    table = pd.DataFrame({
        "measure": [MEASURES[name].title for name in MEASURES if name in rows],
        "this subset": [_number(rows[name].value) for name in MEASURES if name in rows],
        "random": [_range(rows[name]) for name in MEASURES if name in rows],
        "so it is": [rows[name].words or "updating …" for name in MEASURES if name in rows],
    })  # fmt: skip
    st.table(table.set_index("measure"), border="horizontal")


def _number(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.3g}"


def _range(row: Row) -> str:
    if not math.isfinite(row.random_low):
        return "updating …"
    low, high = _number(row.random_low), _number(row.random_high)
    return low if low == high else f"{low} to {high}"


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_STAMP)
def _whole(view: View) -> Whole | None:
    components = stored_components(view.run)
    if components is None or len(components) != len(view):
        return None
    found = read_neighbours(view.run) if view.kinds is not None else None
    neighbours = None if found is None or not found[0].shape[1] else found[0]
    return whole_of(np.asarray(components), view.class_ids, neighbours)
