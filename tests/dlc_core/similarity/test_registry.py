"""Measures of similarity against literal loops, closed forms, and random subsets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.issues.nearest_neighbours import nearest
from dlc_core.recipes import run_candidates, select
from dlc_core.runs import Run
from dlc_core.selection.candidates import Candidates, candidates
from dlc_core.similarity import MEASURES, Row, Whole, compared, measured, measures, whole_of
from dlc_core.similarity.beside_random import (
    CLOSER,
    FARTHER,
    LIKE,
    UNKNOWN,
    Memory,
    _memory,
    _random,
)
from tests.dlc_core.selection.conftest import kept_by

Kept = NDArray[np.bool_]
Values = NDArray[np.float64]


def literal_mean_gap(x: Values, kept: Kept) -> float:
    n, d = x.shape
    mean = [sum(x[i, j] for i in range(n)) / n for j in range(d)]
    chosen = [i for i in range(n) if kept[i]]
    own = [sum(x[i, j] for i in chosen) / len(chosen) for j in range(d)]
    around = sum((x[i, j] - mean[j]) ** 2 for i in range(n) for j in range(d)) / n
    gap = math.sqrt(sum((own[j] - mean[j]) ** 2 for j in range(d)))
    return gap / math.sqrt(around)


def literal_frechet(x: Values, kept: Kept) -> float:
    """Dowson and Landau's formula, with the root of the product that is not symmetric."""
    from scipy.linalg import sqrtm

    m1, m2 = x.mean(axis=0), x[kept].mean(axis=0)
    s1 = np.atleast_2d(np.cov(x, rowvar=False))
    s2 = np.atleast_2d(np.cov(x[kept], rowvar=False))
    root = np.asarray(sqrtm(s1 @ s2)).real
    return float(((m1 - m2) ** 2).sum() + np.trace(s1 + s2 - 2 * root))


def literal_mmd(x: Values, kept: Kept) -> float:
    """Up to 1,000 samples: all are in every part, so no draw comes into it."""
    n = len(x)
    between = [float(np.linalg.norm(x[i] - x[j])) for i in range(n) for j in range(i)]
    s = float(np.median(between))

    def kernel(rows: list[int], others: list[int]) -> float:
        values = [math.exp(-sum((x[i] - x[j]) ** 2) / (2 * s * s)) for i in rows for j in others]
        return sum(values) / len(values)

    chosen, everyone = [i for i in range(n) if kept[i]], list(range(n))
    square = kernel(chosen, chosen) + kernel(everyone, everyone) - 2 * kernel(chosen, everyone)
    return math.sqrt(max(0.0, square))


def literal_coverage(neighbours: NDArray[np.int32], kept: Kept) -> float:
    covered = [bool(kept[i] or any(kept[j] for j in neighbours[i])) for i in range(len(kept))]
    return sum(covered) / len(covered)


def literal_class_balance(class_ids: NDArray[np.int64], kept: Kept) -> float:
    everyone, chosen = class_ids.tolist(), class_ids[kept].tolist()
    total = 0.0
    for c in set(everyone):
        total += abs(chosen.count(c) / len(chosen) - everyone.count(c) / len(everyone))
    return total / 2


def case(
    n: int, d: int, seed: int = 0, offset: float = 0.0
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int32]]:
    rng = np.random.default_rng(seed)
    class_ids = rng.choice([-3, 0, 7, 20], n, p=[0.1, 0.2, 0.3, 0.4])
    values = rng.normal(size=(n, d)) * 1.3 ** -np.arange(d) + 0.1 * class_ids[:, None] + offset
    components = values.astype(np.float32)
    return components, class_ids, nearest(components)[0]


@pytest.mark.parametrize(("n", "d", "k"), [(3, 1, 2), (40, 1, 1), (40, 5, 13), (90, 12, 89)])
@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_each_measure_is_the_literal_one(n: int, d: int, k: int, offset: float) -> None:
    components, class_ids, neighbours = case(n, d, seed=n + d, offset=offset)
    rng = np.random.default_rng(k)
    kept = np.zeros(n, dtype=np.bool_)
    kept[rng.choice(n, k, replace=False, p=np.arange(1, n + 1) / (n * (n + 1) / 2))] = True
    found = measures(components, class_ids, neighbours, kept)
    assert list(found) == list(MEASURES)
    x = components.astype(np.float64)
    assert found["mean_gap"] == pytest.approx(literal_mean_gap(x, kept), abs=1e-5, rel=1e-4)
    assert found["mmd"] == pytest.approx(literal_mmd(x, kept), abs=2e-4, rel=1e-3)
    assert found["coverage"] == pytest.approx(literal_coverage(neighbours, kept))
    assert found["class_balance"] == pytest.approx(literal_class_balance(class_ids, kept))
    if k < 2:
        assert found["frechet"] is not None
        assert math.isnan(found["frechet"])
    else:
        assert found["frechet"] == pytest.approx(literal_frechet(x, kept), abs=1e-4, rel=1e-4)


def test_sums_over_several_parts_lose_nothing() -> None:
    rng = np.random.default_rng(3)
    components = (rng.normal(size=(9_500, 6)) + 20).astype(np.float32)
    kept = rng.random(9_500) < 0.6 + 0.3 * (components[:, 0] > 20)
    found = measures(components, np.zeros(9_500, np.int64), None, kept)
    x = components.astype(np.float64)
    gap = np.linalg.norm(x[kept].mean(axis=0) - x.mean(axis=0)) / np.sqrt(x.var(axis=0).sum())
    assert found["mean_gap"] == pytest.approx(gap, rel=1e-4)
    assert found["frechet"] == pytest.approx(literal_frechet(x, kept), rel=1e-3)


def test_frechet_in_one_dimension_is_the_closed_form() -> None:
    """Of N(m1, s1^2) and N(m2, s2^2): (m1 - m2)^2 + (s1 - s2)^2."""
    components, class_ids, _ = case(200, 1)
    kept = components[:, 0] > 0.4
    x = components[:, 0].astype(np.float64)
    gap, spread = x.mean() - x[kept].mean(), x.std(ddof=1) - x[kept].std(ddof=1)
    whole = whole_of(components, class_ids)
    assert measured("frechet", whole, kept) == pytest.approx(gap**2 + spread**2, rel=1e-5)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (2, 3), (50, 4), (5_000, 7)])
def test_everything_is_like_itself(n: int, d: int) -> None:
    components, class_ids, neighbours = case(n, d)
    found = measures(components, class_ids, neighbours, np.ones(n, dtype=np.bool_))
    assert found["mean_gap"] == found["mmd"] == found["class_balance"] == 0
    assert found["coverage"] == 1
    assert found["frechet"] is not None
    if n < 2:
        assert math.isnan(found["frechet"])
    else:
        assert found["frechet"] < 1e-6 * components.var(axis=0).sum()


def test_the_order_of_the_rows_does_not_matter() -> None:
    components, class_ids, neighbours = case(300, 6)
    kept = np.random.default_rng(1).random(300) < 0.2
    order = np.random.default_rng(2).permutation(300)
    place = np.empty(300, dtype=np.int32)
    place[order] = np.arange(300)
    one = measures(components, class_ids, neighbours, kept)
    other = measures(components[order], class_ids[order], place[neighbours[order]], kept[order])
    assert other == pytest.approx(one, rel=1e-3, abs=1e-5)


def test_only_parts_of_many_samples_meet_the_kernel() -> None:
    rng = np.random.default_rng(0)
    components = rng.normal(size=(6_000, 3)).astype(np.float32)
    components = components[np.argsort(components[:, 1])]  # the first rows are not like the rest
    whole = whole_of(components, np.zeros(6_000, np.int64))
    kept = components[:, 0] > 0
    part = whole.part_of(kept)
    assert part.shape == whole.part.shape == (2_000, 3)
    assert (part[:, 0] > -whole.mean[0] / whole.width - 1e-5).all()
    # The parts say about what all (against every seventh) would say.
    x = components.astype(np.float64)
    squares = ((x[:, None, :] - x[None, ::7, :]) ** 2).sum(axis=2)
    kernel = np.exp(-squares / (2 * whole.width**2))
    few = kept[::7]
    exact = (
        kernel[kept][:, few].mean() + kernel.mean() - kernel[kept].mean() - kernel[:, few].mean()
    )
    assert measured("mmd", whole, kept) == pytest.approx(math.sqrt(exact), abs=0.02)


def test_one_class_and_equal_samples_and_none_kept() -> None:
    same = np.full((30, 2), 5.0, dtype=np.float32)
    kept = np.arange(30) < 4
    found = measures(same, np.zeros(30, np.int64), nearest(same)[0], kept)
    assert found["mean_gap"] == found["class_balance"] == found["frechet"] == found["mmd"] == 0
    none = measures(same, np.zeros(30, np.int64), nearest(same)[0], np.zeros(30, dtype=np.bool_))
    assert none.pop("coverage") == 0
    assert all(value is not None and math.isnan(value) for value in none.values())


def test_without_neighbours_there_is_no_coverage() -> None:
    components, class_ids, _ = case(20, 2)
    samples = candidates(np.arange(20.0), class_ids)
    whole = whole_of(components, class_ids)
    assert measured("coverage", whole, np.ones(20, dtype=np.bool_)) is None
    assert "coverage" not in {row.name for row in compared(samples, [1, 2, 3], whole)}


def finished(samples: Candidates, kept: object, whole: Whole, draws: int = 5) -> dict[str, Row]:
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

    monkeypatch.setattr("dlc_core.similarity.beside_random._random", refuse)
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
    monkeypatch.setattr("dlc_core.similarity.beside_random.REMEMBERED", 10)
    monkeypatch.setattr("dlc_core.similarity.beside_random.REMEMBERED_DRAWS", 2)
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
