from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlc_core.analysis.filter import DECIDED, FAULT, Filter, from_parameters, to_parameters
from dlc_core.issues import ISSUES

KEYS = tuple(ISSUES)
few = st.integers(0, 9)
numbers = st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.4g}"))
exact = st.floats(allow_nan=False, allow_infinity=False)  # the hardest sample must not fall out
ranges = st.none() | st.tuples(exact, exact).map(lambda pair: (min(pair), max(pair)))
classes = st.sets(few).map(lambda ids: tuple(sorted(ids)))
lassos = st.just(()) | st.lists(st.tuples(numbers, numbers), min_size=3, max_size=48).map(
    lambda corners: tuple(value for corner in corners for value in corner)
)
filters = st.builds(
    Filter,
    classes=classes,
    name=st.text(max_size=200),
    score=ranges,
    percentile=ranges,
    issues=st.lists(st.sampled_from((*KEYS, FAULT)), unique=True).map(tuple),
    decided=st.sets(st.sampled_from(list(DECIDED))).map(
        lambda keys: tuple(key for key in DECIDED if key in keys)
    ),
    looks_like=classes,
    lasso=lassos,
    lasso_map=st.just("abc"),
    subset=st.just("") | st.from_regex("[0-9a-f]{12}", fullmatch=True),
    inverted=st.booleans(),
).map(lambda found: found if found.lasso else found.without("lasso_map"))


@given(filters)
def test_an_address_gives_the_filter_back(wanted: Filter) -> None:
    assert from_parameters(to_parameters(wanted), classes=10, issues=KEYS) == wanted


@given(st.dictionaries(st.sampled_from(["class", "name", "score", "hardness", "kind", "decided",
                                        "looks", "lasso", "map", "subset", "inverted",
                                        "other"]),
                       st.lists(st.text(max_size=30), max_size=4)))  # fmt: skip
def test_any_address_gives_some_filter(parameters: dict[str, list[str]]) -> None:
    found = from_parameters(parameters, classes=10, issues=KEYS)
    assert all(0 <= class_id < 10 for class_id in (*found.classes, *found.looks_like))
    assert set(found.issues) <= {*KEYS, FAULT}
    assert len(found.lasso) % 2 == 0
    assert from_parameters(to_parameters(found), classes=10, issues=KEYS).classes == found.classes


def test_nothing_wanted_is_an_empty_address() -> None:
    assert to_parameters(Filter()) == {}
    assert not Filter()
    assert Filter(inverted=True)


def test_ranges_that_are_none_are_left_out() -> None:
    for text in ("1", "2..1", "a..b", "1..inf", "nan..2", "1..2..3", ""):
        assert from_parameters({"score": [text]}, classes=1, issues=KEYS).score is None
    assert from_parameters({"score": ["-1e-3..2"]}, classes=1, issues=KEYS).score == (-0.001, 2.0)


def test_an_address_of_before_calls_issues_kinds() -> None:
    found = from_parameters(
        {"kind": ["outlier", FAULT], "issue": ["leak"]}, classes=10, issues=KEYS
    )
    assert found.issues == ("leak", "outlier", FAULT)
    assert to_parameters(found) == {"issue": ["leak", "outlier", FAULT]}
