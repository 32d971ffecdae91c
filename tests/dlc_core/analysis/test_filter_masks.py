from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlc_core.analysis.filter import Filter
from dlc_core.analysis.filter_masks import (
    conditions,
    inside,
    map_name,
    mask_of,
    matches,
    of_this_run,
    on_this_map,
)
from dlc_core.analysis.run_view import View, view_of
from dlc_core.decisions import record
from dlc_core.issues import ISSUES
from dlc_core.reimport import keep_ids
from dlc_core.runs import Run


@pytest.fixture
def view(digits_run: Run) -> View:
    return view_of(digits_run)


def literally(point: tuple[float, float], polygon: list[tuple[float, float]]) -> bool:
    """The even-odd rule, corner by corner: count the sides that a ray to the right crosses."""
    x, y = point
    odd = False
    for i in range(len(polygon)):
        (x0, y0), (x1, y1) = polygon[i - 1], polygon[i]
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            odd = not odd
    return odd


coordinates = st.integers(-40, 40).map(lambda value: value / 4)
corners = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=12)


@given(corners, st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=30))
def test_inside_is_the_even_odd_rule(
    polygon: list[tuple[float, float]], points: list[tuple[float, float]]
) -> None:
    # a quarter off the grid of the corners, so that no point lies on a side's end
    shifted = [(x + 0.11, y + 0.13) for x, y in points]
    found = inside(np.array(shifted, dtype=np.float32), np.array(polygon, dtype=np.float64))
    exact = [tuple(map(float, point)) for point in np.array(shifted, dtype=np.float32)]
    assert found.tolist() == [literally(point, polygon) for point in exact]  # type: ignore[arg-type]


def test_each_condition_against_a_loop(view: View) -> None:
    samples, issues = view.samples, view.issues
    assert issues is not None
    rows = range(len(view))
    percentiles, scores = samples["percentile"].tolist(), samples["score"].tolist()
    paths, ids = samples["path"].tolist(), samples["class_id"].tolist()
    suspected = issues["suspected_class"].tolist()
    middle = float(np.median(scores))
    for wanted, test in (
        (Filter(classes=(2, 7)), lambda i: ids[i] in (2, 7)),
        (Filter(name="DIGIT_00"), lambda i: "digit_00" in paths[i].lower()),
        (Filter(score=(middle, 1e9)), lambda i: scores[i] >= middle),
        (Filter(percentile=(20, 30)), lambda i: 20 <= percentiles[i] <= 30),
        (Filter(looks_like=(9,)), lambda i: suspected[i] == 9 != ids[i]),
    ):
        assert matches(view, wanted).tolist() == [test(i) for i in rows]
    for key, issue in ISSUES.items():
        assert (matches(view, Filter(issues=(key,))) == issue.mask(issues)).all()


def test_conditions_compose_and_invert(view: View) -> None:
    wanted = Filter(classes=(1, 2), percentile=(50, 100), name="1")
    assert len(conditions(wanted)) == 3
    expected = np.ones(len(view), dtype=bool)
    for part in conditions(wanted):
        expected &= mask_of(view, part)
    assert 0 < expected.sum() < len(view)
    assert (matches(view, wanted) == expected).all()
    inverted = Filter(classes=(1, 2), percentile=(50, 100), name="1", inverted=True)
    assert (matches(view, inverted) == ~expected).all()


def test_a_lasso_counts_on_its_own_map_only(view: View) -> None:
    assert view.map is not None
    low, high = view.map.min(axis=0) - 1, view.map.max(axis=0) + 1
    box = (*low, high[0], low[1], *high, low[0], high[1])
    wanted = Filter(lasso=tuple(map(float, box)), lasso_map=map_name(view))
    assert matches(view, wanted).all()
    assert on_this_map(view, wanted) == wanted
    other = Filter(lasso=wanted.lasso, lasso_map="other")
    assert not matches(view, other).any()
    assert on_this_map(view, other) == Filter()


def test_decisions_are_seen_at_once(digits_run: Run, tmp_path: Path) -> None:
    shutil.copytree(digits_run.path, tmp_path / "run")
    view = view_of(Run.open(tmp_path / "run"))
    assert matches(view, Filter(decided=("none",))).all()
    record(view.run.path, [3, 4], by="a", verdict="exclude")
    record(view.run.path, [4, 5], by="a", note="look again")
    record(view.run.path, [6], by="a", relabel="1")
    record(view.run.path, [7], by="a", verdict="pin")
    for wanted, ids in (
        (("exclude",), [3, 4]), (("note",), [4, 5]), (("relabel",), [6]), (("pin",), [7]),
        (("any",), [3, 4, 5, 6, 7]), (("pin", "note"), [4, 5, 7]),
    ):  # fmt: skip
        assert view.ids[matches(view, Filter(decided=wanted))].tolist() == ids


def test_a_brought_back_subset_lives_in_the_run(digits_run: Run, tmp_path: Path) -> None:
    run = Run.open(shutil.copytree(digits_run.path, tmp_path / "run"))
    view = view_of(run)
    name = keep_ids(run.path, np.array([2, 5, 7]))
    assert keep_ids(run.path, np.array([2, 5, 7])) == name
    wanted = Filter(subset=name)
    assert of_this_run(view, wanted) == wanted
    assert view.ids[matches(view, wanted)].tolist() == [2, 5, 7]
    names = [keep_ids(run.path, np.arange(k)) for k in range(60)]
    assert len(list((run.path / "subsets").iterdir())) == 50
    assert of_this_run(view, wanted) == Filter()
    assert of_this_run(view, Filter(subset=names[-1])) == Filter(subset=names[-1])
    for odd in ("../../run", "0" * 12, "x"):
        assert of_this_run(view, Filter(subset=odd)) == Filter()
    (run.path / "subsets" / f"{'0' * 12}.shown.npy").write_bytes(b"not an array")
    assert of_this_run(view, Filter(subset="0" * 12)) == Filter()
