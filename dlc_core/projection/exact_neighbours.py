"""Exact nearest neighbours, in the shape in which umap-learn takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS = 1000  # at a time: (1000, 200, 50) float32 is 40 MB


class ExactNeighbours:
    """Finds the nearest of some fitted samples by looking at all of them.

    It stands in for the approximate index that umap-learn would build, whose compilation takes
    most of a minute in each process where its gain, at most 20,000 samples, is a few seconds.
    """

    _angular_trees = False  # umap-learn asks its index

    def __init__(self, fitted: NDArray[np.float32]) -> None:
        """Keep the samples (n, d) to look among."""
        from sklearn.neighbors import NearestNeighbors

        self._fitted = fitted
        self._search: Any = NearestNeighbors(algorithm="brute").fit(fitted)

    def query(
        self,
        values: NDArray[np.float32],
        k: int,
        epsilon: float = 0.0,  # noqa: ARG002 - umap-learn gives it
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return rows and distances of the k nearest fitted samples, nearest first, each (m, k).

        Args:
            values: (m, d); a sample that is fitted itself finds itself, at distance 0.
            k: at most n.
            epsilon: how inexact umap-learn allows it to be; not needed.
        """
        rows = self._search.kneighbors(values, k, return_distance=False)  # (m, k)
        # The search expands |a - b|^2, which gives equal samples a tiny distance; umap-learn
        # measures a neighbourhood by its smallest distance that is not 0.
        distances = np.empty(rows.shape, dtype=np.float32)
        for start in range(0, len(values), _ROWS):
            part = slice(start, start + _ROWS)
            distances[part] = np.linalg.norm(values[part, None] - self._fitted[rows[part]], axis=2)
        order = np.argsort(distances, axis=1, kind="stable")
        rows = np.take_along_axis(rows, order, axis=1).astype(np.int32)
        return rows, np.take_along_axis(distances, order, axis=1)
