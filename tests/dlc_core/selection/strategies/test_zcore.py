"""ZCore against its formula, draw by draw."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kstest, triang

from dlc_core.selection.draw import draw_order
from dlc_core.selection.strategies import zcore
from dlc_core.selection.strategies.within_class import members_of, number_from
from tests.dlc_core.selection.conftest import MakePool, kept_by


def literal(
    points: list[list[float]], dims: list[list[int]], draws: list[list[float]], neighbours: int
) -> list[float]:
    """Coverage and redundancy with L1 distances in each draw's plane."""
    score = [0.0] * len(points)
    for plane, draw in zip(dims, draws, strict=True):
        places = [[point[d] for d in plane] for point in points]
        best = min(range(len(points)), key=lambda i: l1(places[i], draw))
        score[best] += 1
        away = {i: l1(places[i], places[best]) for i in range(len(points)) if i != best}
        copies = [i for i, d in away.items() if d == 0]
        if copies:
            for i in copies:
                score[i] -= 1 / len(copies)
            continue
        farthest = sorted(away.values())[:neighbours][-1]
        near = {i: d**-4 for i, d in away.items() if d <= farthest}
        for i, weight in near.items():
            score[i] -= weight / sum(near.values())
    return score


def l1(one: list[float], other: list[float]) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def draws_of(
    values: NDArray[np.float32], count: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    axes = np.ascontiguousarray(values.T)
    return axes, *zcore.draw_points(axes, np.random.default_rng(seed).random((count, 4)))


@pytest.mark.parametrize("size", [2, 3, 10, 60])
@pytest.mark.parametrize("width", [1, 2, 7])
@pytest.mark.parametrize("neighbours", [1, 5, 1000])
@pytest.mark.parametrize("cells", [1, 150, 1 << 16])
def test_rewards_are_the_formula(
    monkeypatch: pytest.MonkeyPatch, size: int, width: int, neighbours: int, cells: int
) -> None:
    monkeypatch.setattr(zcore, "_CELLS", cells)
    rng = np.random.default_rng(size)
    values = rng.normal(size=(size, width)).astype(np.float32)
    values[1] = values[0]  # a copy
    axes, dims, points = draws_of(values, 40, size)
    expected = literal(values.tolist(), dims.tolist(), points.tolist(), neighbours)
    found = zcore.rewards(axes, dims, points, neighbours=neighbours, exponent=4)
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize("exponent", [1, 2, 3, 7, 12])
def test_any_whole_power(exponent: int) -> None:
    values = np.linspace(0, 1, 9, dtype=np.float32)
    expected = values.astype(np.float64) ** exponent
    zcore._raise(values, exponent)
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_equal_features_share_the_penalty() -> None:
    axes, dims, points = draws_of(np.ones((5, 3), np.float32), 8, 0)
    found = zcore.rewards(axes, dims, points, neighbours=1000, exponent=4)
    np.testing.assert_allclose(found, [8, -2, -2, -2, -2])


def test_points_are_triangular_and_dimensions_differ() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=(200, 3)).astype(np.float32)
    _, dims, points = draws_of(values, 20_000, 1)
    assert (dims[:, 0] != dims[:, 1]).all()
    pairs = np.bincount(3 * dims[:, 0] + dims[:, 1], minlength=9) / 20_000
    np.testing.assert_allclose(pairs.reshape(3, 3), (1 - np.eye(3)) / 6, atol=0.01)
    for dim in range(3):
        low, mode, high = values[:, dim].min(), np.median(values[:, dim]), values[:, dim].max()
        expected = triang((mode - low) / (high - low), loc=low, scale=high - low)
        assert kstest(points[dims == dim], expected.cdf).pvalue > 1e-3


@pytest.mark.parametrize("decided", [(0.0, 0.0), (0.1, 0.3)])
def test_each_class_keeps_the_highest_scores(
    make_pool: MakePool, decided: tuple[float, float]
) -> None:
    samples = make_pool([1, 2, 9, 40], dims=4, seed=6, pins=decided[0], exclusions=decided[1])
    luck = draw_order(samples.named, seed=3)
    expected: list[int] = []
    for members, total in zip(members_of(samples), samples.totals(0.3).tolist(), strict=True):
        rows, n = members.positions.tolist(), len(members)
        if n == 1:
            expected += rows[:total]
            continue
        values = samples.features[members.positions]
        number = number_from("zcore", 3, members.class_id)
        _, dims, points = draws_of(values, 10 * n, number)
        score = literal(values.tolist(), dims.tolist(), points.tolist(), 1000)
        start = {i: place / n for place, i in enumerate(sorted(rows, key=lambda i: luck[i]))}
        whole = {i: start[i] + score[j] for j, i in enumerate(rows)}
        ordered = sorted(rows, key=lambda i: (not samples.pinned[i], -whole[i], samples.keys[i]))
        expected += ordered[:total]
    kept = kept_by("zcore", samples, keep_ratio=0.3, gamma=0.5, seed=3)
    assert kept.tolist() == sorted(expected)


def test_near_copies_go_first(make_pool: MakePool) -> None:
    samples = make_pool([60], dims=6, seed=0)
    features = samples.features.copy()
    features[30:] = features[:30] + np.float32(0.01)
    samples.__dict__["load_features"] = lambda: features
    kept = kept_by("zcore", samples, keep_ratio=0.5, gamma=0.5, seed=0)
    assert len(np.unique(kept % 30)) >= 25  # a random half has 22 or 23 of the 30
