"""A subset's measures beside those of random subsets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.analysis.similarity_to_random import (
    CLOSER,
    FARTHER,
    LIKE,
    UNKNOWN,
    Memory,
    SimilarityRow,
    _memory,
    _random,
    compared,
)
from dlc_core.errors import DLCError
from dlc_core.recipes import run_candidates, select
from dlc_core.runs import Run
from dlc_core.selection.candidates import Candidates, candidates
from dlc_core.similarity import MEASURES, Whole, measured, measures, whole_of
from tests.dlc_core.selection.conftest import kept_by
from tests.dlc_core.similarity.test_registry import case

Kept = NDArray[np.bool_]
Values = NDArray[np.float64]


def finished(
    samples: Candidates, kept: object, whole: Whole, draws: int = 5
) -> dict[str, SimilarityRow]:
    return {row.name: row for row in compared(samples, kept, whole, draws=draws)}  # type: ignore[arg-type]


def test_random_is_that_of_the_strategy_with_pins_and_exclusions() -> None:
    components, class_ids, neighbours = case(400, 5)
    rng = np.random.default_rng(4)
    pinned, excluded = np.zeros(400, np.bool_), np.zeros(400, np.bool_)
    pinned[:9], excluded[300:] = True, True
    samples = candidates(rng.random(400), class_ids, pinned=pinned, excluded=excluded)
    whole = whole_of(components, class_ids, neighbours)
    for ratio in (0.05, 0.31, 1.0):
        kept = kept_by("hardest", samples, keep_ratio=ratio, gamma=0.5, seed=0)
        rows = finished(samples, kept, whole, draws=3)
        assert list(rows) == list(MEASURES)
        values: dict[str, list[float]] = {name: [] for name in MEASURES}
        for seed in (1, 2, 3):
            drawn = kept_by("random", samples, keep_ratio=ratio, gamma=0.5, seed=seed)
            assert len(drawn) == len(kept)
            mask = np.isin(np.arange(400), drawn)
            for name, value in measures(components, class_ids, neighbours, mask).items():
                assert value is not None
                values[name].append(value)
        for name, row in rows.items():
            assert (row.random_low, row.random_high) == (min(values[name]), max(values[name]))
            mask = np.isin(np.arange(400), kept)
            assert row.value == measured(name, whole, mask)
            assert row.title == MEASURES[name].title


def test_random_is_that_of_the_strategy_at_every_size() -> None:
    rng = np.random.default_rng(8)
    class_ids = rng.choice([5, -1, 2], 70, p=[0.1, 0.3, 0.6])
    pinned, excluded = np.zeros(70, np.bool_), np.zeros(70, np.bool_)
    pinned[rng.choice(35, 6, replace=False)], excluded[rng.choice(35, 9, replace=False) + 35] = 1, 1
    samples = candidates(rng.random(70), class_ids, pinned=pinned, excluded=excluded)
    memory = Memory()
    for seed in (1, 2):
        for size in range(6, 62):
            expected = kept_by("random", samples, keep_ratio=size / 61, gamma=0.5, seed=seed)
            mask = _random(samples, memory, size, seed)
            assert np.flatnonzero(mask).tolist() == expected.tolist()
            assert len(expected) == size


def test_words() -> None:
    components, class_ids, neighbours = case(400, 5)
    samples = candidates(components[:, 0], class_ids)
    whole = whole_of(components, class_ids, neighbours)
    ends = finished(samples, kept_by("hardest", samples, keep_ratio=0.2, gamma=0, seed=0), whole)
    assert ends["mean_gap"].words == ends["frechet"].words == ends["mmd"].words == FARTHER
    assert ends["coverage"].words == FARTHER
    assert ends["coverage"].value < ends["coverage"].random_low
    assert ends["class_balance"].words == LIKE  # the same class totals
    own = kept_by("random", samples, keep_ratio=0.2, gamma=0.5, seed=3)
    assert {row.words for row in finished(samples, own, whole).values()} == {LIKE}
    # Greedily close: each next sample is the one that takes the mean closest to the mean of all.
    chosen: list[int] = []
    centred = components - components.mean(axis=0)
    for _ in range(80):
        sums = centred + centred[chosen].sum(axis=0)
        sums[chosen] = np.inf
        chosen.append(int((sums**2).sum(axis=1).argmin()))
    assert finished(samples, chosen, whole)["mean_gap"].words == CLOSER
    hubs: list[int] = []
    covered = np.zeros(400, dtype=np.bool_)
    lists = np.hstack([np.arange(400)[:, None], neighbours])
    for _ in range(80):  # greedy cover
        gains = np.bincount(lists[~covered].ravel(), minlength=400)
        gains[hubs] = -1
        hubs.append(int(gains.argmax()))
        covered |= (lists == hubs[-1]).any(axis=1)
    assert finished(samples, hubs, whole)["coverage"].words == CLOSER
    few = finished(samples, [7], whole)
    assert few["frechet"].words == UNKNOWN
    assert {row.words for row in finished(samples, [], whole).values()} == {UNKNOWN}


def test_rows_come_step_by_step_and_random_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    components, class_ids, neighbours = case(100, 3)
    samples, whole = candidates(np.arange(100.0), class_ids), whole_of(components, class_ids)
    _memory.cache_clear()
    first = list(compared(samples, range(30), whole))
    assert [row.name for row in first] == [
        name for name in MEASURES if name != "coverage" for _ in range(6)
    ]
    for step, row in enumerate(first):
        assert bool(row.words) == (step % 6 == 5)
        assert math.isnan(row.random_low) == (step % 6 == 0)
    done = [row for row in first if row.words]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr("dlc_core.analysis.similarity_to_random._random", refuse)
    assert list(compared(samples, range(30), whole)) == done
    other = list(compared(samples, range(40, 70), whole))  # of the same size
    assert [row.random_low for row in other] == [row.random_low for row in done]
    with pytest.raises(AssertionError, match="drawn again"):
        list(compared(samples, range(31), whole))
    with pytest.raises(AssertionError, match="drawn again"):
        list(compared(samples, range(30), whole_of(components, class_ids, neighbours)))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    components, class_ids, _ = case(40, 2)
    samples, whole = candidates(np.arange(40.0), class_ids), whole_of(components, class_ids)
    monkeypatch.setattr("dlc_core.analysis.similarity_to_random.REMEMBERED", 10)
    monkeypatch.setattr("dlc_core.analysis.similarity_to_random.REMEMBERED_DRAWS", 2)
    for size in range(1, 20):
        list(compared(samples, range(size), whole, draws=3))
    memory = _memory(samples, whole)
    assert len(memory.ranges) == 10
    assert ("mmd", 19, 3) in memory.ranges
    assert list(memory.places) == [1, 2]


def test_what_does_not_fit_is_refused() -> None:
    components, class_ids, neighbours = case(10, 2)
    whole = whole_of(components, class_ids, neighbours)
    samples = candidates(np.arange(10.0), class_ids, excluded=np.arange(10) == 4)
    for kept, message in (
        ([10], "positions in"),
        ([-1], "positions in"),
        ([1, 1], "distinct"),
        ([4], "excluded"),
    ):
        with pytest.raises(DLCError, match=message):
            compared(samples, kept, whole)
    with pytest.raises(DLCError, match="draws"):
        compared(samples, [1], whole, draws=0)
    with pytest.raises(DLCError, match="as many samples"):
        compared(candidates(np.arange(9.0), class_ids[:9]), [1], whole)
    with pytest.raises(DLCError, match="booleans"):
        measured("mmd", whole, np.ones(9, dtype=np.bool_))
    with pytest.raises(DLCError, match="unknown measure"):
        measured("fid", whole, np.ones(10, dtype=np.bool_))
    with pytest.raises(DLCError, match="components"):
        whole_of(components, class_ids[:9])
    with pytest.raises(DLCError, match="neighbours"):
        whole_of(components, class_ids, neighbours[:9])


def test_the_digits(digits_run: Run) -> None:
    from dlc_core.runs.reduced_features import reduced_features

    samples = run_candidates(digits_run)
    class_ids = digits_run.samples["class_id"].to_numpy()
    whole = whole_of(reduced_features(digits_run), class_ids)
    hardest = select(digits_run, strategy="hardest", keep_ratio=0.1).positions
    rows = finished(samples, hardest, whole)
    assert rows["frechet"].words == rows["mmd"].words == FARTHER
    flexrand = select(digits_run, keep_ratio=0.1).positions
    assert finished(samples, flexrand, whole)["frechet"].value < rows["frechet"].value
