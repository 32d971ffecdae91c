"""What a subset looks like against the whole, each measure beside random's; of one or of two."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.view_cache import BY_STAMP
from dlc_core.analysis.compare_subsets import SubsetPair
from dlc_core.analysis.run_view import View
from dlc_core.analysis.similarity_to_random import CLOSER, FARTHER, LIKE, SimilarityRow, compared
from dlc_core.decisions import read_log
from dlc_core.recipes import Recipe, Subset
from dlc_core.recipes.subset import prepared
from dlc_core.similarity import MEASURES, Whole, whole_of_run

_SHORT = {LIKE: "alike", CLOSER: "closer", FARTHER: "farther"}
_BESIDE = "similarity-beside"  # what was measured of B: it stands while A's slider moves
Rows = dict[str, SimilarityRow]


def draw_similarity(view: View, kept: Subset) -> None:
    """Measure, and show the table; all else is there before, and a newer slider goes first."""
    _heading("this")
    says, place = st.empty(), st.empty()
    whole = _whole(view)
    if whole is None:
        says.caption("This run has no stored components yet; they come with the map.")
        return
    if not len(kept):
        says.caption("Nothing is kept.")
        return
    rows = _measured(view, kept, whole, says, "")
    says.empty()
    with place.container():
        _table([("", kept, rows)])


def draw_pair_similarity(view: View, pair: SubsetPair) -> None:
    """Measure both sides, B only if it is new, and show them in one table."""
    _heading("the same")
    says, place = st.empty(), st.empty()
    whole = _whole(view)
    if whole is None:
        says.caption("This run has no stored components yet; they come with the map.")
        return
    a, b = pair.a.kept, pair.b.kept
    rows: list[tuple[str, Subset, Rows]] = [("A", a, _measured(view, a, whole, says, "A: "))]
    standing = _standing(view, b)
    remembered = st.session_state.get(_BESIDE)
    if remembered is None or remembered[0] != standing:
        remembered = (standing, _measured(view, b, whole, says, "B: "))
        st.session_state[_BESIDE] = remembered
    says.empty()
    with place.container():
        _table([*rows, ("B", b, remembered[1])])


def _heading(which: str) -> None:
    st.markdown(
        f"**How close to the whole**, in feature space, beside five random subsets of {which} size",
        help="\n".join(f"- **{item.title}**: {item.description}" for item in MEASURES.values()),
    )


def _standing(view: View, kept: Subset) -> Hashable:
    """Return what the measures of a subset depend on."""
    values = tuple((name, str(value)) for name, value in kept.recipe.as_dict().items())
    return view.stamp, read_log(view.run.path).version, values


def _measured(view: View, kept: Subset, whole: Whole, says: DeltaGenerator,
              before: str) -> Rows:  # fmt: skip
    plain = Recipe(without_copies=kept.recipe.without_copies)
    samples, _ = prepared(view.run, view.candidates, plain)
    rows: Rows = {}
    for row in compared(samples, kept.positions, whole):
        if not row.words and row.name not in rows:  # a chance for a newer slider to go first
            says.caption(f"Updating: {before}{row.title} …")
        rows[row.name] = row
    return rows


def _table(sides: Sequence[tuple[str, Subset, Mapping[str, SimilarityRow]]]) -> None:
    known = [name for name in MEASURES if any(name in rows for _, _, rows in sides)]
    columns: dict[str, list[str]] = {"measure": [MEASURES[name].title for name in known]}
    for letter, kept, rows in sides:
        found = [rows.get(name) for name in known]
        size = f", {len(kept):,} of {letter}" if letter else ""
        columns |= {
            letter or "subset": [_number(row.value) if row else "–" for row in found],
            f"random{size}": [_range(row) if row else "–" for row in found],
            f"{letter} than random".strip(): [
                _SHORT.get(row.words, row.words) if row else "–" for row in found
            ],
        }
    st.table(pd.DataFrame(columns).set_index("measure"), border="horizontal")


def _number(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.3g}"


def _range(row: SimilarityRow) -> str:
    low, high = _number(row.random_low), _number(row.random_high)
    return low if low == high else f"{low} to {high}"


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_STAMP)
def _whole(view: View) -> Whole | None:
    return whole_of_run(view.run)
