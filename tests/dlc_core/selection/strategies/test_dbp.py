"""Density-based pruning against its formulas."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.selection.strategies import dbp
from dlc_core.selection.strategies.within_class import members_of, number_from
from tests.dlc_core.selection.conftest import MakePool, kept_by

Points = list[list[float]]
TEMPERATURE = dbp.STRATEGY.values()["temperature"]


def cosine_distance(one: list[float], other: list[float]) -> float:
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return 1 - dot / sqrt(sum(a * a for a in one) * sum(b * b for b in other))


def unit(point: list[float]) -> list[float]:
    norm = sqrt(sum(a * a for a in point))
    return [a / norm for a in point]


def literal_complexities(
    units: Points, labels: list[int], neighbours: int
) -> tuple[list[float], list[float]]:
    groups = [[units[i] for i, one in enumerate(labels) if one == j] for j in sorted(set(labels))]
    centroids = [[sum(v) / len(group) for v in zip(*group, strict=True)] for group in groups]
    found = []
    for j, group in enumerate(groups):
        intra = sum(cosine_distance(point, centroids[j]) for point in group) / len(group)
        others = [c for k, c in enumerate(centroids) if k != j]
        near = sorted(cosine_distance(centroids[j], other) for other in others)[:neighbours]
        found.append(intra * (sum(near) / len(near) if near else 1.0))
    away = [cosine_distance(u, centroids[one]) for u, one in zip(units, labels, strict=True)]
    return found, away


def literal_sequence(shares: list[float], sizes: list[int]) -> list[int]:
    """Each place to the cluster that lowers sum_j (shares_j N - x_j)^2 most."""
    held, sequence = [0] * len(sizes), []
    for number in range(1, sum(sizes) + 1):
        room = [j for j in range(len(sizes)) if held[j] < (1 if number <= len(sizes) else sizes[j])]

        def cost(j: int, number: int = number) -> float:
            more = [h + (k == j) for k, h in enumerate(held)]
            return sum((s * number - h) ** 2 for s, h in zip(shares, more, strict=True))

        best = min(room, key=cost)
        held[best] += 1
        sequence.append(best)
    return sequence


def optimum(
    shares: NDArray[np.float64], sizes: NDArray[np.int64], total: int
) -> NDArray[np.float64]:
    """The paper's quadratic program: clip(shares N + level, 1, sizes) with the level that fits."""
    low, high = -float(total) - 1, float(total + sizes.sum())
    for _ in range(200):
        level = (low + high) / 2
        quotas = np.clip(shares * total + level, 1, sizes)
        low, high = (level, high) if quotas.sum() < total else (low, level)
    return np.asarray(quotas)


def spread(count: int, width: int, seed: int) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).normal(size=(count, width)) + 0.5
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return values.astype(np.float32)


@pytest.mark.parametrize("clusters", [1, 2, 7, 30])
@pytest.mark.parametrize("neighbours", [2, 20])
def test_complexities_are_the_formula(clusters: int, neighbours: int) -> None:
    units = spread(60, 4, clusters)
    labels = np.arange(60) % clusters
    expected, away = literal_complexities(units.tolist(), labels.tolist(), neighbours)
    found = dbp.complexities(units, labels, neighbours=neighbours)
    np.testing.assert_allclose(found[0], expected, atol=1e-6)
    np.testing.assert_allclose(found[1], away, atol=1e-6)


@pytest.mark.parametrize("sizes", [[5], [1, 1, 9], [30, 4, 4, 20, 2], [40] * 6])
@pytest.mark.parametrize("seed", range(5))
def test_quotas_are_whole_and_near_the_papers(sizes: list[int], seed: int) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.full(len(sizes), 3.0))
    room = np.array(sizes)
    sequence = dbp.cluster_sequence(shares, room)
    assert sequence.tolist() == literal_sequence(shares.tolist(), sizes)
    for total in range(len(sizes), sum(sizes) + 1):
        quotas = np.bincount(sequence[:total], minlength=len(sizes))
        assert quotas.sum() == total
        assert (quotas >= 1).all()
        assert (quotas <= room).all()
        assert np.abs(quotas - optimum(shares, room, total)).max() < 1


@pytest.mark.parametrize("decided", [(0.0, 0.0), (0.1, 0.2)])
def test_each_cluster_keeps_its_hardest(make_pool: MakePool, decided: tuple[float, float]) -> None:
    samples = make_pool([1, 30, 130], dims=4, seed=6, pins=decided[0], exclusions=decided[1])
    expected: list[int] = []
    for members, total in zip(members_of(samples), samples.totals(0.3).tolist(), strict=True):
        rows = members.positions.tolist()
        if len(rows) == 1:
            expected += rows[:total]
            continue
        units = [unit([float(v) for v in samples.features[i]]) for i in rows]
        labels = dbp.clusters_of(
            np.array(units, dtype=np.float32),
            count=max(1, len(rows) // 20),
            seed=number_from("dbp", 3, members.class_id),
        ).tolist()
        complexity, away = literal_complexities(units, labels, 20)
        powers = [exp(c / TEMPERATURE) for c in complexity]
        shares = [power / sum(powers) for power in powers]
        sizes = [labels.count(j) for j in range(len(shares))]
        queues = [
            sorted(
                (i for i, label in enumerate(labels) if label == j),
                key=lambda i, away=away, members=members: (not members.pinned[i], -away[i]),  # type: ignore[misc]
            )
            for j in range(len(sizes))
        ]
        order = [queues[j].pop(0) for j in literal_sequence(shares, sizes)]
        order.sort(key=lambda i, members=members: not members.pinned[i])  # type: ignore[misc]
        expected += [rows[i] for i in order[:total]]
    kept = kept_by("dbp", samples, keep_ratio=0.3, gamma=0.5, seed=3)
    assert kept.tolist() == sorted(expected)


def test_wide_clusters_keep_more() -> None:
    rng = np.random.default_rng(0)
    wide = np.array([3.0, 0, 0]) + rng.normal(size=(100, 3))
    tight = np.array([0, 3.0, 0]) + 0.05 * rng.normal(size=(100, 3))
    units = np.concatenate([wide, tight]).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    found, _ = dbp.complexities(units, np.repeat([0, 1], 100), neighbours=20)
    powers = np.exp(found / TEMPERATURE)
    sequence = dbp.cluster_sequence(powers / powers.sum(), np.array([100, 100]))
    assert (sequence[:60] == 0).sum() > 35
