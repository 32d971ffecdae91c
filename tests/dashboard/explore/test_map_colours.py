from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.explore.chips import significant
from dashboard.explore.map_colours import CATEGORIES, coloured, colourings, priority
from dashboard.scatter import Scale, Swatches
from dashboard.view_cache import open_view
from dlc_core.analysis.run_view import View
from dlc_core.runs import Run


@pytest.fixture
def view(digits_run: Run) -> View:
    return open_view(digits_run.path)


def test_hardness_is_the_percentile_as_a_byte(view: View) -> None:
    values, meaning = coloured(view, "hardness", ())
    assert isinstance(meaning, Scale)
    assert (values[view.percentile == 100] == 255).all()
    assert (values[view.percentile == 0] == 0).all()
    assert (values == priority(view)).all()


def test_classes_have_their_own_colours_as_far_as_they_go(view: View) -> None:
    values, meaning = coloured(view, "class", ())
    assert isinstance(meaning, Swatches)
    assert [name for name, _ in meaning.entries] == [str(digit) for digit in range(10)]
    assert (values == view.class_ids).all()
    values, meaning = coloured(view, "class", (3, 8))
    assert isinstance(meaning, Swatches)
    assert ([name for name, _ in meaning.entries], meaning.more) == (["3", "8"], 8)
    assert (values[view.class_ids == 8] == 1).all()
    assert (values[view.class_ids == 5] == 255).all()


def test_many_classes_share_grey(view: View) -> None:
    names = [f"class {i}" for i in range(40)]
    samples = view.samples.assign(class_id=np.arange(len(view)) % 40)
    info = {**view.run.info, "dataset": {**view.run.info["dataset"], "classes": names}}
    many = replace(view, samples=samples, run=replace(view.run, info=info), stamp="many")
    values, meaning = coloured(many, "class", ())
    assert isinstance(meaning, Swatches)
    assert (len(meaning.entries), meaning.more) == (len(CATEGORIES), 30)
    assert set(np.unique(values)) == {*range(10), 255}


def test_numbers_may_be_constant_or_missing(view: View) -> None:
    samples = view.samples.assign(width=8.0, height=np.nan)
    odd = replace(view, samples=samples, stamp="odd")
    for column in ("width", "height", "score"):
        values, meaning = coloured(odd, f"column-{column}", ())
        assert isinstance(meaning, Scale)
        assert values.dtype == np.uint8
        assert len(values) == len(view)
    assert "column-id" not in colourings(view)
    assert len(np.unique(coloured(odd, "column-score", ())[0])) > 100


def test_kinds_and_kept(view: View) -> None:
    assert view.issues is not None
    values, meaning = coloured(view, "issue", ())
    assert isinstance(meaning, Swatches)
    assert [meaning.entries[v][0] == "nothing unusual" for v in values] == [
        issue == "" for issue in view.issues["kind"]
    ]
    values, _ = coloured(view, "subset", ())
    assert int(values.sum()) == 539  # 30 % of 1,797


def test_numbers_are_written_as_precisely_as_their_range_needs() -> None:
    assert f"{1.60912:.{significant(1.60912, 1.61004)}g}" == "1.60912"
    assert f"{1.2345678:.{significant(1.2345678, 9.0)}g}" == "1.23"
    assert significant(2.0, 2.0) == 3
