"""Herding against its definition: the mean of the kept follows the mean of the class."""

from __future__ import annotations

from math import dist

import numpy as np
import pytest

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.strategies.herding import mean_matching
from dlc_core.selection.strategies.within_class import members_of
from tests.dlc_core.selection.conftest import MakePool, kept_by

Points = list[list[float]]


def mean(points: Points) -> list[float]:
    return [sum(values) / len(points) for values in zip(*points, strict=True)]


def literal(points: Points, pinned: list[bool], count: int) -> list[int]:
    """Greedy, mean by mean; ties: the first."""
    aim, taken = mean(points), [i for i, pin in enumerate(pinned) if pin]
    while len(taken) < count:
        others = [i for i in range(len(points)) if i not in taken]
        taken.append(min(others, key=lambda i: dist(mean([points[j] for j in [*taken, i]]), aim)))
    return taken


def literal_of_all(samples: Candidates, keep: float) -> list[int]:
    kept: list[int] = []
    for members, total in zip(members_of(samples), samples.totals(keep).tolist(), strict=True):
        rows = members.positions.tolist()
        points = [[float(v) for v in samples.features[i]] for i in rows]
        kept += [rows[i] for i in literal(points, members.pinned.tolist(), total)]
    return sorted(kept)


@pytest.mark.parametrize("counts", [[1, 2], [9, 30], [60]])
@pytest.mark.parametrize("keep", [0.05, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("decided", [(0.0, 0.0), (0.1, 0.3), (0.3, 0.1)])
def test_it_is_the_definition(
    make_pool: MakePool, counts: list[int], keep: float, decided: tuple[float, float]
) -> None:
    samples = make_pool(counts, dims=3, seed=2, pins=decided[0], exclusions=decided[1])
    kept = kept_by("herding", samples, keep_ratio=keep, gamma=0.5, seed=0)
    assert kept.tolist() == literal_of_all(samples, keep)


def test_with_one_norm_it_is_wellings_rule() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 5))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    aim = points.mean(axis=0)
    weights, left, welling = aim.copy(), list(range(60)), []
    for _ in range(30):
        row = max(left, key=lambda i: weights @ points[i])
        welling.append(row)
        left.remove(row)
        weights += aim - points[row]
    centred = (points - aim).astype(np.float32)
    assert mean_matching(centred, np.zeros(60, bool), 30).tolist() == welling


def test_its_mean_is_nearer_than_that_of_a_random_draw(make_pool: MakePool) -> None:
    samples = make_pool([400], dims=8, seed=0)
    kept = kept_by("herding", samples, keep_ratio=0.1, gamma=0.5, seed=0)
    aim, rng = samples.features.mean(axis=0), np.random.default_rng(0)
    draws = [rng.choice(400, 40, replace=False) for _ in range(100)]
    gaps = [np.linalg.norm(samples.features[rows].mean(axis=0) - aim) for rows in [kept, *draws]]
    assert gaps[0] < 0.2 * min(gaps[1:])
