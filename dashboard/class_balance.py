"""The part of a recipe about classes and copies: its controls, and a person's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.escaping import visible_name
from dlc_core.analysis.run_view import View
from dlc_core.runs.group_column import group_column_of
from dlc_core.selection.class_shares import BALANCES, SCOPES

SCOPE, BALANCE, MINIMUM, COPIES = "scope", "balance", "minimum", "copies"
GROUPS = "whole"
DIVISION: dict[str, Any] = {
    SCOPE: "class", BALANCE: "data", MINIMUM: 0, COPIES: False, GROUPS: "",
}  # fmt: skip
SCOPE_NAMES = {"class": "Per class", "global": "Over all"}
BALANCE_NAMES = {"data": "As the data", "uniform": "Uniform", "own": "Own numbers"}
# Own numbers, class name -> samples wanted, of one run: as they are, and as the table began.
_COUNTS, _BEGUN, _TURN = "class-counts", "class-counts-begun", "class-counts-turn"
_KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


def division_controls(view: View) -> None:
    """Show how the budget is divided among the classes, and what copies and groups do to it."""
    scope = st.segmented_control(
        "Choose", list(SCOPES), key=SCOPE, default=DIVISION[SCOPE], required=True,
        format_func=SCOPE_NAMES.__getitem__,
        help="\n".join(f"- **{key}**: {words}" for key, words in SCOPES.items()), **_KEPT,
    )  # fmt: skip
    if scope == "global":
        st.warning(
            SCOPES["global"].partition(": ")[2].capitalize() + ".", icon=":material/warning:"
        )
    balance = st.selectbox(
        "Class balance", list(BALANCES), key=BALANCE, disabled=scope == "global",
        format_func=BALANCE_NAMES.__getitem__,
        help="\n".join(f"- **{key}**: {words}" for key, words in BALANCES.items()), **_KEPT,
    )  # fmt: skip
    if scope == "class" and balance == "own":
        _ask_for_counts(view)
    st.number_input(
        "At least, per class", 0, 100_000, DIVISION[MINIMUM], key=MINIMUM,
        disabled=scope == "global" or balance == "uniform",
        help="These come before all others, so rare classes are protected: a class that has no "
        "more samples than that is kept whole.", **_KEPT,
    )  # fmt: skip
    st.toggle(
        "Copies go first", key=COPIES, disabled=view.issues is None,
        help="Of each group of copies (exact or near) one stays; the others are left out before "
        "anything is counted. Pinned copies stay." if view.issues is not None
        else "Copies are not known yet: find the issues on Explore first.", **_KEPT,
    )  # fmt: skip
    groups_control(view)


def groups_control(view: View) -> None:
    """Ask for a column whose groups are kept whole; nothing where the data has no columns."""
    names = list(view.columns)
    if not names:
        return
    own = group_column_of(view.run)
    offered = ["", *sorted(names, key=lambda name: name != own)]
    if st.session_state.get(GROUPS, "") not in offered:
        st.session_state[GROUPS] = ""  # of another run
    st.selectbox(
        "Keep groups whole", offered, key=GROUPS,
        format_func=lambda name: visible_name(name) or "no: samples one by one",
        help="All samples with the same value of this column of the data (a patient, a product) "
        "are kept, or none. Only groups that fit are taken, so a few samples fewer than asked for "
        "may be kept.", **_KEPT,
    )  # fmt: skip


def own_counts(view: View, key: str = _COUNTS) -> dict[str, int]:
    """Return the numbers that a person wants of some classes of this run."""
    run, counts = st.session_state.get(key, ("", {}))
    return dict(counts) if run == view.run.name else {}


def use_counts(view: View, counts: Mapping[str, int]) -> None:
    """Set those numbers; call it in a callback."""
    st.session_state[_COUNTS] = st.session_state[_BEGUN] = (view.run.name, dict(counts))
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _ask_for_counts(view: View) -> None:
    counts = own_counts(view, _BEGUN)  # the table keeps its own changes
    table = pd.DataFrame({
        "class": [visible_name(view.classes[c]) for c in view.present],
        "has": [int(view.class_counts[c]) for c in view.present],
        "keep": pd.array([counts.get(view.classes[c]) for c in view.present], dtype="Int64"),
    })  # fmt: skip
    turn = st.session_state.get(_TURN, 0)
    edited = st.data_editor(
        table, hide_index=True, height=240, disabled=["class", "has"],
        key=f"own-counts-{turn}",
        column_config={"keep": st.column_config.NumberColumn("keep", min_value=0, step=1)},
    )  # fmt: skip
    wanted = {
        view.classes[c]: int(value)
        for c, value in zip(view.present, edited["keep"], strict=True)
        if not pd.isna(value)
    }
    st.session_state[_COUNTS] = (view.run.name, wanted)
