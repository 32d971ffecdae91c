"""In which order the gallery shows samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.view import BY_STAMP, View

Rows = NDArray[np.int64]


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_STAMP)
def _shuffled(view: View) -> Rows:
    return np.random.default_rng(0).permutation(len(view))


@st.cache_resource(max_entries=6, show_spinner=False, hash_funcs=BY_STAMP)
def _by_column(view: View, column: str) -> Rows:
    assert view.kinds is not None
    return np.argsort(-np.nan_to_num(view.kinds[column].to_numpy()), kind="stable")


ORDERS: dict[str, tuple[str, Callable[[View], Rows]]] = {
    "hardest": ("Hardest of its class", lambda view: view.hardest_first),
    "easiest": ("Easiest of its class", lambda view: view.easiest_first),
    "suspicious": ("Most suspicious label", lambda view: _by_column(view, "suspicion")),
    "central": ("Most central of its class", lambda view: _by_column(view, "centrality")),
    "outlying": ("Farthest from others", lambda view: _by_column(view, "outlier_score")),
    "random": ("Random", _shuffled),
}
_NEED_KINDS = ("suspicious", "central", "outlying")


def orders(view: View) -> list[str]:
    """Return the orders that this run has the numbers for."""
    return [key for key in ORDERS if view.kinds is not None or key not in _NEED_KINDS]


def ordered(view: View, shown: NDArray[np.bool_], order: str, *, grouped: bool) -> Rows:
    """Return the rows of what is shown, in order.

    Args:
        view: the run.
        shown: (N,) the samples in view.
        order: a key of ORDERS.
        grouped: whether class comes before order.
    """
    rows = ORDERS[order][1](view)
    rows = rows[shown[rows]]
    return rows[np.argsort(view.class_ids[rows], kind="stable")] if grouped else rows
