from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlc_core.analysis.run_view import View, view_of
from dlc_core.analysis.sample_orders import ORDERS, ordered, orders
from dlc_core.runs import Run

COLUMNS = {"suspicious": "suspicion", "central": "centrality", "outlying": "outlier_score"}


@pytest.fixture
def view(digits_run: Run) -> View:
    return view_of(digits_run)


def keys(view: View, order: str) -> list[tuple[float, ...]]:
    """Slow: what each row is sorted by, ascending."""
    rows = range(len(view))
    if order == "hardest":
        return [(-view.percentile[i], view.class_ids[i], i) for i in rows]
    if order == "easiest":
        return [(view.percentile[i], view.class_ids[i], i) for i in rows]
    assert view.issues is not None
    column = view.issues[COLUMNS[order]].fillna(0).tolist()
    return [(-column[i], i) for i in rows]


@pytest.mark.parametrize("order", ["hardest", "easiest", *COLUMNS])
def test_an_order_against_sorting_rows_one_by_one(view: View, order: str) -> None:
    shown = np.random.default_rng(1).random(len(view)) < 0.3
    by = keys(view, order)
    wanted = sorted(np.flatnonzero(shown).tolist(), key=by.__getitem__)
    assert ordered(view, shown, order, grouped=False).tolist() == wanted
    wanted = sorted(wanted, key=lambda row: int(view.class_ids[row]))  # stable
    assert ordered(view, shown, order, grouped=True).tolist() == wanted


@pytest.mark.parametrize("order", list(ORDERS))
def test_an_order_shows_each_sample_once(view: View, order: str) -> None:
    nothing = np.zeros(len(view), dtype=np.bool_)
    assert len(ordered(view, nothing, order, grouped=True)) == 0
    rows = ordered(view, ~nothing, order, grouped=False)
    assert sorted(rows.tolist()) == list(range(len(view)))


def test_random_is_mixed_and_the_same_each_time(view: View) -> None:
    everything = np.ones(len(view), dtype=np.bool_)
    rows = ordered(view, everything, "random", grouped=False)
    assert rows.tolist() == ordered(view, everything, "random", grouped=False).tolist()
    assert abs(np.corrcoef(rows, np.arange(len(view)))[0, 1]) < 0.1
    part = everything.copy()
    part[::2] = False  # a filter thins the order out, it does not mix anew
    assert ordered(view, part, "random", grouped=False).tolist() == [r for r in rows if r % 2]


def test_without_kinds_only_orders_of_the_scores_are_offered(view: View) -> None:
    assert orders(view) == list(ORDERS)
    assert orders(replace(view, issues=None, stamp="bare")) == ["hardest", "easiest", "random"]
