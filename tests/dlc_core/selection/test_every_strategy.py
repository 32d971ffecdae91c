"""What holds for every strategy of the registry, whatever it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dlc_core as dlc
from dlc_core.apportion import class_totals
from dlc_core.runs import Run
from dlc_core.selection import STRATEGIES, choose
from dlc_core.selection.candidates import Candidates, candidates
from tests.dlc_core.selection.conftest import kept_by

NAMES = sorted(STRATEGIES)
WITH_FEATURES = [name for name in NAMES if STRATEGIES[name].features]


@dataclass(frozen=True)
class Case:
    scores: list[float]
    class_ids: list[int]
    verdicts: list[str]  # "p", "e" or " "
    features: np.ndarray
    keep: float
    seed: int

    def rows(self, verdict: str) -> list[int]:
        return [i for i, said in enumerate(self.verdicts) if said == verdict]

    def samples(self, order: list[int] | None = None) -> Candidates:
        rows = list(range(len(self.scores))) if order is None else order
        features = self.features[rows]
        return candidates(
            [self.scores[i] for i in rows],
            [self.class_ids[i] for i in rows],
            [f"p{i}" for i in rows],
            pinned=[self.verdicts[i] == "p" for i in rows],
            excluded=[self.verdicts[i] == "e" for i in rows],
            load_features=lambda: features,
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    counts = draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))
    names = draw(st.permutations([-3, 0, 7]))[: len(counts)]
    class_ids = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    n = len(class_ids)
    grid = st.integers(0, 8).map(lambda i: i / 8)  # ties
    scores = draw(st.lists(grid, min_size=n, max_size=n))
    weights = draw(st.sampled_from(["", "pe", "pp", "ee", "ppee"]))  # how many are decided
    verdicts = draw(st.lists(st.sampled_from(" " * 4 + weights), min_size=n, max_size=n))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    values = draw(st.sampled_from([1, 2, 4, 1000]))  # 1: all features are equal
    features = rng.integers(0, values, (n, draw(st.integers(1, 5)))) / 4
    dtype = draw(st.sampled_from([np.float16, np.float32]))
    keep = draw(st.one_of(st.floats(0.001, 1.0), st.just(1.0)))
    return Case(scores, class_ids, verdicts, features.astype(dtype), keep, draw(st.integers(-1, 3)))


def chosen(name: str, samples: Candidates, case: Case, keep: float | None = None) -> list[int]:
    kept = kept_by(
        name, samples, keep_ratio=case.keep if keep is None else keep, gamma=0.3, seed=case.seed
    )
    assert kept.dtype == np.int64
    assert (np.diff(kept) > 0).all()
    return [int(i) for i in kept]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(case=cases(), share=st.floats(0, 1), random=st.randoms())
def test_totals_pins_exclusions_nestedness_and_row_order(
    name: str, case: Case, share: float, random: object
) -> None:
    samples = case.samples()
    kept = chosen(name, samples, case)
    pins, gone = set(case.rows("p")), set(case.rows("e"))
    eligible = len(case.scores) - len(gone)
    asked = floor(case.keep * eligible + 0.5)
    assert len(kept) == max(asked, len(pins))
    assert pins <= set(kept)
    assert not gone & set(kept)
    classes = sorted(set(case.class_ids))
    members = [[i for i, c in enumerate(case.class_ids) if c == one] for one in classes]
    counts = [len(set(rows) - gone) for rows in members]
    totals = class_totals(counts, asked, [len(set(rows) & pins) for rows in members])
    assert [len(set(rows) & set(kept)) for rows in members] == totals.tolist()
    assert set(chosen(name, samples, case, max(case.keep * share, 1e-6))) <= set(kept)
    order = list(range(len(case.scores)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert sorted(order[i] for i in chosen(name, case.samples(order), case)) == kept


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20, deadline=None)
@given(case=cases())
def test_excluded_samples_are_not_looked_at(name: str, case: Case) -> None:
    gone = case.rows("e")
    kept = chosen(name, case.samples(), case)
    case.features[gone] = np.nan
    for row in gone:
        case.scores[row] = 1e6
    assert chosen(name, case.samples(), case) == kept


def spread(count: int = 120) -> Case:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(count, 6)).astype(np.float32)
    ids = [i % 2 for i in range(count)]
    return Case(rng.random(count).tolist(), ids, [" "] * count, features, 0.3, 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_fields_say_what_matters(name: str) -> None:
    samples, strategy = spread().samples(), STRATEGIES[name]

    def kept(seed: int = 0, parameters: dict[str, float] | None = None) -> list[int]:
        found = choose(samples, strategy, keep_ratio=0.3, seed=seed, parameters=parameters)
        return [int(i) for i in found]

    assert strategy.random == (kept(0) != kept(1))
    for one in strategy.parameters:
        ends = [one.low, one.high] if one.whole else [one.low, one.high, 0.3]
        assert any(kept(parameters={one.name: value}) != kept() for value in ends), one.name
        assert kept(parameters={one.name: one.default}) == kept()
        assert one.help.endswith(".")
    assert strategy.description
    assert not strategy.description.endswith(".")
    assert strategy.explanation.endswith(".")
    assert strategy.title


def test_the_page_lists_all_parameters() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "strategies.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    said = [(row[0], row[1], row[3], row[4]) for row in rows if len(row) == 5 and row[0] in NAMES]
    assert said == [
        (name, one.name, f"{one.low:g} to {one.high:g}", f"{one.default:g}")
        for name in dict.fromkeys(row[0] for row in said)
        for one in STRATEGIES[name].parameters
    ]
    assert len(said) == sum(len(item.parameters) for item in STRATEGIES.values())


@pytest.mark.parametrize("name", NAMES)
def test_features_are_needed_where_it_is_said(name: str) -> None:
    bare = candidates([0.1, 0.2, 0.3, 0.4], [0, 0, 0, 0])
    if STRATEGIES[name].features:
        with pytest.raises(dlc.DLCError, match="this strategy needs features, got scores alone"):
            kept_by(name, bare, keep_ratio=0.5)
    else:
        assert len(kept_by(name, bare, keep_ratio=0.5)) == 2


@pytest.mark.parametrize("name", WITH_FEATURES)
@pytest.mark.parametrize(
    ("features", "words"),
    [
        (np.zeros((3, 2)), r"features must be \(4, D\), got \(3, 2\)"),
        (np.zeros(4), r"features must be \(4, D\), got \(4,\)"),
        (np.zeros((4, 0)), r"features must be \(4, D\), got \(4, 0\)"),
        (
            np.array([[0.0], [np.inf], [1], [2]]),
            "must be finite, got 1 sample of class 5",
        ),
    ],
)
def test_features_are_checked(name: str, features: np.ndarray, words: str) -> None:
    samples = candidates([0.1, 0.2, 0.3, 0.4], [5] * 4, load_features=lambda: features)
    with pytest.raises(dlc.DLCError, match=words):
        kept_by(name, samples, keep_ratio=0.5, gamma=0.5, seed=0)


@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_works_on_a_run(digits_run: Run, name: str) -> None:
    subset = dlc.select(digits_run, strategy=name, keep_ratio=0.1)
    assert len(subset) == 180
    assert len(np.unique(digits_run.samples["class_id"].to_numpy()[subset.positions])) == 10


def test_there_is_nothing_to_choose_from() -> None:
    nothing = candidates([], np.empty(0, np.int64), load_features=lambda: np.empty((0, 2)))
    for name in NAMES:
        assert kept_by(name, nothing, keep_ratio=0.5, gamma=0.5, seed=0).tolist() == []
