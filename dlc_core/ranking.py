"""Ranks and percentiles of scores, over all samples and within each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def key_places(keys: Sequence[str]) -> NDArray[np.int64]:
    """Return each key's place in the sorted keys, (N,): what decides between equal scores."""
    places = np.empty(len(keys), dtype=np.int64)
    places[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return places


def ranks(
    scores: NDArray[np.float64], class_ids: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return (rank, class_rank, percentile), each (N,).

    rank 1 is the hardest over all, class_rank 1 the hardest of its class; the percentile is
    100 (n - class_rank) / (n - 1) within a class of n, so 100 = hardest; 50 for a class of one.
    Equal scores are ordered by key, so that no rank depends on the order of the rows.

    Args:
        scores: (N,), higher = harder.
        class_ids: (N,) class of each sample.
        places: (N,) from `key_places`.
    """
    n = len(scores)
    rank = np.empty(n, dtype=np.int64)
    rank[np.lexsort((places, scores))] = np.arange(n, 0, -1)
    order = np.lexsort((places, scores, class_ids))
    _, rows, counts = np.unique(class_ids, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    class_rank = np.empty(n, dtype=np.int64)
    class_rank[order] = ends[rows[order]] - np.arange(n)
    sizes = counts[rows]
    percentile = np.where(sizes > 1, 100.0 * (sizes - class_rank) / np.maximum(sizes - 1, 1), 50.0)
    return rank, class_rank, percentile
