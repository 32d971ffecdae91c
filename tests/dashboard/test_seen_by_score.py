"""What pages make of a run that is seen by another of its scores."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from dashboard.explore.map_colours import coloured, colourings
from dashboard.media import _in_words
from dashboard.recipe import subset
from dashboard.view_cache import open_view
from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.run_view import View
from dlc_core.recipes import Recipe, select
from dlc_core.runs import Run
from dlc_core.scores import import_scores


@pytest.fixture
def view(digits_run: Run, tmp_path: Path) -> View:
    """The digits with a score "mine" of many ties."""
    run = Run.open(shutil.copytree(digits_run.path, tmp_path / "run"))
    import_scores(run, "mine", np.random.default_rng(0).integers(0, 40, len(run.samples)) / 1.0)
    return open_view(run.path)


def test_colours_tiles_and_recipes_follow_the_score(view: View) -> None:
    seen = by_score(view, "mine")
    assert coloured(seen, "hardness", ())[0].tolist() == np.rint(seen.percentile * 2.55).tolist()
    assert (
        coloured(view, "score-mine", ())[0].tolist() == coloured(seen, "hardness", ())[0].tolist()
    )
    assert "score-score" in colourings(seen)
    assert "score-score" not in colourings(view)
    assert _in_words(view.run.path, "mine", 5) == {
        "label": view.label(5),
        "name": view.path(5),
        "percentile": seen.percentile[5],
        "score": seen.scores[5],
    }
    assert _in_words(view.run.path, "gone", 5) is None
    for recipe in (Recipe(score="mine"), Recipe("moderate", score="mine"), Recipe()):
        found = select(view.run, strategy=recipe.strategy, score=recipe.score)
        assert subset(view, recipe).ids.tolist() == found.ids.tolist()
        assert subset(seen, recipe).ids.tolist() == found.ids.tolist()
