"""What the page can hold of an expression, and what it writes."""

from __future__ import annotations

import numpy as np
import pytest

from dlc_core.analysis.expression_masks import mask_where
from dlc_core.analysis.expression_to_filter import filter_of
from dlc_core.analysis.expression_tokens import name_in_expression
from dlc_core.analysis.filter import FAULT, Filter, from_parameters, to_parameters
from dlc_core.analysis.filter_masks import map_name, matches
from dlc_core.analysis.filter_to_expression import expression_of
from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError
from dlc_core.issues import ISSUES

from .conftest import ODD


def filters(view: View) -> list[Filter]:
    """Return filters of every condition, alone, together and inverted."""
    low, high = np.quantile(view.scores, [0.2, 0.7]).tolist()
    name = sorted((view.run.path / "subsets").glob("*.shown.npy"))[0].name.split(".")[0]
    alone = [
        Filter(classes=(3,)),
        Filter(classes=(0, 7)),
        Filter(name='DIGIT_0"1\\'),
        Filter(name="digit_00"),
        Filter(score=(low, high)),
        Filter(score=(low, low)),
        Filter(percentile=(10.0, 35.0)),
        Filter(percentile=(0.0, 35.0)),
        Filter(percentile=(35.5, 100.0)),
        Filter(percentile=(0.0, 100.0)),
        *(Filter(issues=(kind,)) for kind in ISSUES),
        Filter(issues=tuple(ISSUES)[:2]),
        Filter(decided=("pin", "note")),
        Filter(decided=("none",)),
        Filter(looks_like=(1, 9)),
        Filter(subset=name),
        Filter(columns=(("site", "South"), ("site", ""))),
        Filter(columns=(("size", "-0.5..0.25"),)),
        Filter(columns=(("rank", "1..3"),)),
        Filter(columns=(("good", "True"), (ODD, 'y"'))),
        Filter(columns=((ODD, "z\n"), ("size", "0.0..9.0"))),
    ]
    together = Filter(classes=(1, 2, 3), percentile=(20.0, 80.0), decided=("none",), name="digit")
    return [*alone, together, *(Filter(**{**vars(one), "inverted": True}) for one in alone)]


def test_a_filter_as_an_expression_means_the_same_and_comes_back(rich: View) -> None:
    for wanted in filters(rich):
        written = expression_of(rich, wanted)
        assert written.left_out == ()
        assert (mask_where(rich, written.text) == matches(rich, wanted)).all(), written.text
        back = filter_of(rich, written.text)
        assert (matches(rich, back) == matches(rich, wanted)).all(), written.text
        address = from_parameters(
            to_parameters(back), classes=10, issues=tuple(ISSUES), columns=rich.columns
        )
        assert address == back


@pytest.mark.parametrize(
    "text",
    [
        'class in ("1", 2) and percentile > 40 and percentile <= 60',
        "label = 5 and path ~ digit and issue in (outliers, ambiguous)",
        "score > 1 and score < 2.5",
        "class != 4",
        "not (size >= 0 and site = north)",
        "data.rank > 2 and data.rank < 4",
        "size < 0.5 and size > -1",
        "good = true and decision = undecided",
        "suspected in (1, 2)",
        f"{name_in_expression(ODD)} = x",
    ],
)
def test_an_expression_of_the_page_means_the_same_there(rich: View, text: str) -> None:
    assert (matches(rich, filter_of(rich, text)) == mask_where(rich, text)).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class = 1 or percentile > 90", "joined by and, got an or"),
        ("class = 1 and class != 2", "inverts all conditions or none"),
        ("class = 1 and class = 2", "holds each condition once"),
        ("site = north and site = South", "holds each condition once"),
        ("rank < 100", "no condition such as rank < 100"),
        ("mine > 3", "no condition such as mine > 3"),
        ("path = x", "no condition such as path = x"),
        ("issue = any", "no condition such as issue = any"),
        ("suspected = ''", "no condition such as suspected ="),
        ("percentile in (1, 2)", "no condition such as percentile"),
        ("percentile > 90 and percentile < 10", "no sample can meet this range"),
        ("site > b", "no condition such as site > b"),
        ("note contains again", "no condition such as note contains again"),
    ],
)
def test_what_only_the_command_line_has(rich: View, text: str, said: str) -> None:
    mask_where(rich, text)
    with pytest.raises(DLCError, match=f"the page .*{said}|{said}.*the page") as error:
        filter_of(rich, text)
    assert str(error.value).endswith("; ask dlc list for the rest.")


def test_an_inversion_of_nothing_is_nothing(rich: View) -> None:
    wanted = Filter(inverted=True)
    assert not matches(rich, wanted).any()
    assert not mask_where(rich, expression_of(rich, wanted).text).any()
    lasso = expression_of(rich, Filter(classes=(3,), inverted=True, issues=(FAULT,)))
    assert lasso.text == ""
    assert lasso.left_out == ("the faults", "the inversion")


def test_bounds_are_written_as_they_were_typed(rich: View) -> None:
    for text in ("percentile > 50", "percentile >= 50", "size > -1 and size <= 0.5"):
        assert expression_of(rich, filter_of(rich, text)).text == text


def test_a_range_that_is_none_is_met_by_no_sample(rich: View) -> None:
    wanted = Filter(columns=(("size", "abc"),))
    assert not matches(rich, wanted).any()
    assert not mask_where(rich, expression_of(rich, wanted).text).any()


def test_brackets_around_an_and_are_no_inversion(rich: View) -> None:
    text = "percentile > 10 and (score > 0 and (class = 3 and id >= 0))"
    with pytest.raises(DLCError, match="the page has no condition such as id"):
        filter_of(rich, text)
    assert filter_of(rich, "percentile >= 10 and (class = 3 and path contains digit)") == Filter(
        percentile=(10.0, 100.0), classes=(3,), name="digit"
    )


def test_a_lasso_and_faults_are_said_to_be_missing(rich: View) -> None:
    wanted = Filter(classes=(1,), lasso=(0.0, 0.0, 1.0, 0.0, 1.0, 1.0), lasso_map=map_name(rich))
    written = expression_of(rich, wanted)
    assert (written.text, written.left_out) == ('class = "1"', ("the lasso",))
    written = expression_of(rich, Filter(issues=(FAULT,)))
    assert (written.text, written.left_out) == ("", ("the faults",))
    assert expression_of(rich, Filter()).text == ""
