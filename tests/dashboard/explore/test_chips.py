from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.explore.chips import parts
from dashboard.view_cache import open_view
from dlc_core.analysis.filter import DECIDED, FAULT, Filter
from dlc_core.analysis.filter_masks import map_name, matches
from dlc_core.analysis.run_view import View
from dlc_core.issues import ISSUES
from dlc_core.runs import Run


@pytest.fixture
def view(digits_run: Run) -> View:
    return open_view(digits_run.path)


def everything(view: View) -> Filter:
    """A filter that has every condition."""
    return Filter(
        classes=(1, 4),
        name="1",
        score=(0.5, 3.0),
        percentile=(5.0, 95.0),
        issues=("ambiguous", "outlier", FAULT),
        decided=("any", "none"),
        looks_like=(2, 9),
        lasso=(-99.0, -99.0, 99.0, -99.0, 99.0, 99.0),
        lasso_map=map_name(view),
        inverted=True,
    )


LIFTED = {
    "classes-1": {"classes": (4,)},
    "classes-4": {"classes": (1,)},
    "name": {"name": ""},
    "score": {"score": None},
    "percentile": {"percentile": None},
    "issue-ambiguous": {"issues": ("outlier", FAULT)},
    "issue-outlier": {"issues": ("ambiguous", FAULT)},
    f"issue-{FAULT}": {"issues": ("ambiguous", "outlier")},
    "decided-any": {"decided": ("none",)},
    "decided-none": {"decided": ("any",)},
    "looks_like-2": {"looks_like": (9,)},
    "looks_like-9": {"looks_like": (2,)},
    "lasso": {"lasso": (), "lasso_map": ""},
    "inverted": {"inverted": False},
}


def test_a_chip_lifts_its_condition_and_no_other(view: View) -> None:
    wanted = everything(view)
    found = parts(view, wanted)
    assert set(found) == set(LIFTED)
    for key, changes in LIFTED.items():
        assert found[key][2] == replace(wanted, **changes)  # type: ignore[arg-type]


def test_every_chip_clicked_leaves_nothing(view: View) -> None:
    wanted, clicks = everything(view), 0
    while wanted:
        wanted = next(iter(parts(view, wanted).values()))[2]
        clicks += 1
    assert clicks == len(LIFTED)
    assert parts(view, Filter()) == {}


def test_a_chip_counts_its_own_condition_alone(view: View) -> None:
    found = parts(view, everything(view))
    for key, condition in (
        ("classes-4", Filter(classes=(4,))),
        ("issue-ambiguous", Filter(issues=("ambiguous",))),
        ("decided-none", Filter(decided=("none",))),
        ("looks_like-9", Filter(looks_like=(9,))),
    ):
        assert found[key][1] == condition
    assert int(matches(view, Filter(classes=(4,))).sum()) == np.sum(view.class_ids == 4)
    assert found["inverted"][1] is None  # it counts no samples


def test_many_classes_share_one_chip(view: View) -> None:
    six, seven = Filter(classes=tuple(range(6))), Filter(classes=tuple(range(7)), name="a")
    assert len(parts(view, six)) == 6
    words, condition, rest = parts(view, seven)["classes"]
    assert words == "7 classes"
    assert condition == Filter(classes=tuple(range(7)))
    assert rest == Filter(name="a")


def test_names_are_shown_literally(view: View) -> None:
    names = ["![](http://a.b/c) **x** <b>", "\u202eevil\n", *view.classes[2:]]
    info = {**view.run.info, "dataset": {**view.run.info["dataset"], "classes": names}}
    odd = replace(view, run=replace(view.run, info=info), stamp="odd-names")
    found = parts(odd, Filter(classes=(0, 1), name=":red[*a*]"))
    bare = re.sub(r"\\.", "", found["classes-0"][0])  # without what is escaped
    assert not set(bare) & set("[]()*<>!:/"), bare
    assert found["classes-1"][0] == r"\\u202eevil\\n"
    assert found["name"][0] == r"name has \:red\[\*a\*\]"


def test_each_condition_has_words(view: View) -> None:
    for issue in ISSUES:
        assert parts(view, Filter(issues=(issue,)))[f"issue-{issue}"][0] == ISSUES[issue].title
    for key in DECIDED:
        assert parts(view, Filter(decided=(key,)))[f"decided-{key}"][0] == DECIDED[key]
    assert parts(view, Filter(percentile=(5, 95)))["percentile"][0] == "hardness 5 to 95"
    assert parts(view, Filter(score=(0.12345, 2)))["score"][0] == "score 0.123 to 2"
