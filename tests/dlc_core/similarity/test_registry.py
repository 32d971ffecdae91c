"""Measures of similarity against literal loops, closed forms, and random subsets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.analysis.similarity_to_random import (
    compared,
)
from dlc_core.issues.nearest_neighbours import nearest
from dlc_core.selection.candidates import candidates
from dlc_core.similarity import MEASURES, measured, measures, whole_of

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
