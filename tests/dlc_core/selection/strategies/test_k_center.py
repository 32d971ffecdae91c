"""k-center greedy against its definition."""

from __future__ import annotations

from math import dist

import numpy as np
import pytest

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.strategies.k_center import farthest_first
from dlc_core.selection.strategies.within_class import members_of
from tests.dlc_core.selection.conftest import MakePool, kept_by


def literal(points: list[list[float]], pinned: list[bool], count: int) -> list[int]:
    """Greedy, distance by distance; ties: the first."""
    taken = [i for i, pin in enumerate(pinned) if pin]
    if not taken:
        centre = [sum(values) / len(points) for values in zip(*points, strict=True)]
        taken = [min(range(len(points)), key=lambda i: dist(points[i], centre))]
    while len(taken) < count:
        others = [i for i in range(len(points)) if i not in taken]
        taken.append(max(others, key=lambda i: min(dist(points[i], points[j]) for j in taken)))
    return taken


def literal_of_all(samples: Candidates, keep: float) -> list[int]:
    kept: list[int] = []
    for members, total in zip(members_of(samples), samples.totals(keep).tolist(), strict=True):
        rows = members.positions.tolist()
        points = [[float(v) for v in samples.features[i]] for i in rows]
        if total > members.pinned.sum():
            kept += [rows[i] for i in literal(points, members.pinned.tolist(), total)]
        else:
            kept += members.positions[members.pinned].tolist()
    return sorted(kept)


@pytest.mark.parametrize("counts", [[1, 2], [9, 30], [60]])
@pytest.mark.parametrize("keep", [0.05, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("decided", [(0.0, 0.0), (0.1, 0.3), (0.3, 0.1)])
def test_it_is_the_definition(
    make_pool: MakePool, counts: list[int], keep: float, decided: tuple[float, float]
) -> None:
    samples = make_pool(counts, dims=3, seed=2, pins=decided[0], exclusions=decided[1])
    kept = kept_by("k-center", samples, keep_ratio=keep, gamma=0.5, seed=0)
    assert kept.tolist() == literal_of_all(samples, keep)


def test_the_order_with_ties() -> None:
    rng = np.random.default_rng(0)
    half = rng.integers(-3, 4, (20, 3))
    points = np.concatenate([half, -half]).astype(np.float32)  # mean 0: exact in float32
    pins = np.zeros(40, dtype=bool)
    expected = literal(points.tolist(), pins.tolist(), 40)
    assert farthest_first(points, pins, 40).tolist() == expected
    pins[[4, 30]] = True
    assert farthest_first(points, pins, 25).tolist() == literal(points.tolist(), pins.tolist(), 25)


def test_features_far_from_zero_lose_nothing(make_pool: MakePool) -> None:
    near = make_pool([50], dims=3, seed=1)
    far = near.features + np.float32(1000)
    samples = make_pool([50], dims=3, seed=1)
    samples.__dict__["load_features"] = lambda: far
    kept = kept_by("k-center", samples, keep_ratio=0.4, gamma=0.5, seed=0)
    assert kept.tolist() == literal_of_all(near, 0.4)
