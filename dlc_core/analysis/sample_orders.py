"""The orders in which samples are looked at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dlc_core.analysis.run_view import View
from dlc_core.needs import lacking

Rows = NDArray[np.int64]


def _shuffled(view: View) -> Rows:
    return (view.base or view).recent(
        "shuffled", "", lambda: np.random.default_rng(0).permutation(len(view)), most=1
    )


def _by_column(view: View, column: str) -> Rows:
    assert view.issues is not None
    values = view.issues[column].to_numpy()
    return (view.base or view).recent(
        "by column", column, lambda: np.argsort(-np.nan_to_num(values), kind="stable"), most=6
    )


ORDERS: dict[str, tuple[str, Callable[[View], Rows]]] = {
    "hardest": ("Hardest of its class", lambda view: view.hardest_first),
    "easiest": ("Easiest of its class", lambda view: view.easiest_first),
    "suspicious": ("Most suspicious label", lambda view: _by_column(view, "suspicion")),
    "central": ("Most central of its class", lambda view: _by_column(view, "centrality")),
    "outlying": ("Farthest from others", lambda view: _by_column(view, "outlier_score")),
    "random": ("Random", _shuffled),
}
# Those that rest on what was found of each sample, and what finding it needs.
_FOUND = {"suspicious": ("classes", "features"), "central": ("features",),
          "outlying": ("features",)}  # fmt: skip


def orders(view: View) -> list[str]:
    """Return the orders that this run has the numbers for."""
    able = {
        key
        for key, needs in _FOUND.items()
        if view.issues is not None and not lacking(view.run, needs)
    }
    return [key for key in ORDERS if key in able or key not in _FOUND]


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
