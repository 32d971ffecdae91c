from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.analysis.by_score import by_score, other_scores, said, values_of
from dlc_core.analysis.filter import Filter
from dlc_core.analysis.filter_masks import matches
from dlc_core.analysis.run_view import View, view_of
from dlc_core.analysis.sample_orders import ordered
from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.recipes import Recipe, run_candidates, select, subset_of
from dlc_core.runs import Run
from dlc_core.scores import OWN, delete_scores, import_scores, percentile_of, scores_of
from dlc_core.selection.draw import draw_order


@pytest.fixture
def view(digits_run: Run, tmp_path: Path) -> View:
    """The digits with a score "mine" of many ties."""
    run = Run.open(shutil.copytree(digits_run.path, tmp_path / "run"))
    import_scores(run, "mine", some(len(run.samples)))
    return view_of(run)


def some(count: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).integers(0, 40, count).astype(np.float64)


def test_everything_about_hardness_follows_the_score(view: View) -> None:
    seen = by_score(view, "mine")
    assert (seen.scores == scores_of(view.run, "mine")).all()
    assert (seen.percentile == percentile_of(view.run, "mine")).all()
    assert sorted(seen.samples["rank"]) == list(range(1, len(view) + 1))
    assert seen.samples["path"].tolist() == view.samples["path"].tolist()
    assert (view.percentile != seen.percentile).any()
    shown = matches(seen, Filter(percentile=(90.0, 100.0)))
    assert (shown == (seen.percentile >= 90)).all()
    rows = ordered(seen, shown, "hardest", grouped=False)
    assert (np.diff(seen.percentile[rows]) <= 0).all()


def test_there_and_back(view: View) -> None:
    seen = by_score(view, "unmasked")
    assert by_score(seen, "unmasked") is seen
    assert by_score(seen, OWN) is view
    assert by_score(seen, "mine").base is view
    assert by_score(view, "unmasked") is seen  # ordered once
    assert (said(view), said(seen)) == ("", " by unmasked")
    with pytest.raises(DLCError, match="has no score 'gone'"):
        by_score(view, "gone")


def test_candidates_are_those_of_the_core_and_share_the_draw(view: View) -> None:
    record(view.run.path, [1, 2], by="t", verdict="pin")
    record(view.run.path, [3], by="t", verdict="exclude")
    seen = by_score(view, "mine")
    expected = run_candidates(view.run, scores=scores_of(view.run, "mine"))
    assert (seen.candidates.place == expected.place).all()
    assert (seen.candidates.excluded == expected.excluded).all()
    assert draw_order(seen.candidates.named, seed=1) is draw_order(view.candidates.named, seed=1)
    for recipe in (Recipe(score="mine"), Recipe("moderate", score="mine"), Recipe()):
        found = select(view.run, strategy=recipe.strategy, score=recipe.score)
        assert (
            subset_of(view.run, by_score(view, recipe.score).candidates, recipe).ids.tolist()
            == found.ids.tolist()
        )


def test_the_stamp_changes_with_the_scores(view: View) -> None:
    first = by_score(view, "mine")
    time.sleep(0.02)  # a clock of file systems ticks more slowly than ours
    import_scores(view.run, "mine", some(len(view), 1))
    again = view_of(Run.open(view.run.path))
    assert again.stamp != view.stamp
    assert (by_score(again, "mine").scores == some(len(view), 1)).all()
    assert (first.scores == some(len(view))).all()
    time.sleep(0.02)
    delete_scores(view.run, "mine")
    assert "mine" not in view_of(Run.open(view.run.path)).score_names


def test_other_scores_of_a_sample(view: View) -> None:
    for seen in (view, by_score(view, "mine")):
        for row in (0, 77, len(view) - 1):
            found = other_scores(seen, row)
            assert set(found) == set(view.score_names) - {seen.score}
            for name, (value, percentile) in found.items():
                assert value == values_of(view, name)[row]
                assert percentile == pytest.approx(percentile_of(view.run, name)[row])
