from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.issues.nearest_neighbours import nearest


def reference(values: NDArray[np.float32], k: int) -> tuple[list[list[int]], list[list[float]]]:
    """Every distance, one by one, sorted by distance, then row."""
    rows, distances = [], []
    for i in range(len(values)):
        found = sorted(
            (float(np.linalg.norm(values[i].astype(np.float64) - values[j])), j)
            for j in range(len(values))
            if j != i
        )[:k]
        rows.append([j for _, j in found])
        distances.append([d for d, _ in found])
    return rows, distances


class Careless:
    """A search that misses some: as pynndescent, it lists a sample first unless copies crowd in."""

    def __init__(self, values: NDArray[np.float32], *, n_neighbors: int, **_settings: int) -> None:
        distances = np.linalg.norm(values[:, None] - values, axis=2)
        found = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors].astype(np.int32)
        found[5, 7:] = -1  # found fewer than asked for
        self.neighbor_graph = (found, np.take_along_axis(distances, found, 1))


@pytest.mark.parametrize("n", [1, 2, 5, 11, 60])
def test_they_are_the_nearest_others(n: int) -> None:
    values = np.random.default_rng(n).normal(size=(n, 4)).astype(np.float32)
    rows, distances = nearest(values)
    expected_rows, expected_distances = reference(values, min(10, n - 1))
    assert rows.shape == distances.shape == (n, min(10, n - 1))
    assert rows.dtype == np.int32
    assert distances.dtype == np.float32
    assert rows.tolist() == expected_rows
    np.testing.assert_allclose(distances, np.array(expected_distances).reshape(rows.shape), 1e-6)


def test_copies_are_neighbours_at_exactly_zero_far_from_the_origin() -> None:
    values = np.random.default_rng(0).normal(1000, 1, size=(40, 8)).astype(np.float32)
    values[20:] = values[:20]
    rows, distances = nearest(values)
    assert rows[:, 0].tolist() == [*range(20, 40), *range(20)]
    assert (distances[:, 0] == 0).all()  # a distance by dot products would not cancel


def test_equal_samples_are_not_their_own_neighbours() -> None:
    rows, distances = nearest(np.ones((30, 3), dtype=np.float32))
    assert (rows != np.arange(30)[:, None]).all()
    assert all(len(set(found)) == 10 for found in rows.tolist())
    assert not distances.any()


@pytest.mark.parametrize(
    "library",
    ["fake", pytest.param("real", marks=pytest.mark.long)],  # numba compiles for most of a minute
)
def test_above_the_limit_nearly_all_are_found_and_the_seed_fixes_which(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if library == "fake":
        monkeypatch.setitem(sys.modules, "pynndescent", SimpleNamespace(NNDescent=Careless))
    values = np.random.default_rng(0).normal(size=(600, 6)).astype(np.float32)
    values[300:325] = values[0]  # more copies than neighbours
    exact, _ = nearest(values)
    monkeypatch.setattr("dlc_core.issues.nearest_neighbours.LARGEST_EXACT", 100)
    rows, distances = nearest(values, seed=1)
    again = nearest(values, seed=1)
    np.testing.assert_array_equal(rows, again[0])
    assert (rows != np.arange(600)[:, None]).all()
    assert (rows >= 0).all()
    others = [i for i in range(600) if i not in {0, *range(300, 325)}]
    found = [len(set(rows[i]) & set(exact[i])) / 10 for i in others]
    assert np.mean(found) > 0.97
    assert not distances[0].any()
    np.testing.assert_allclose(
        distances, np.linalg.norm(values[rows] - values[:, None], axis=2), atol=1e-5
    )
    assert (np.diff(distances, axis=1) >= 0).all()


def test_progress_reaches_the_end() -> None:
    told: list[tuple[int, int]] = []
    nearest(
        np.zeros((1500, 1), dtype=np.float32), told=lambda done, total: told.append((done, total))
    )
    assert told == [(1000, 1500), (1500, 1500)]
