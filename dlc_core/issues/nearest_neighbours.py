"""The nearest other samples of each sample, by distance between reduced features."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dlc_core.compiled_cache import keep_compiled

COUNT = 10  # neighbours of a sample, if there are as many others
LARGEST_EXACT = 20_000  # samples; above, pynndescent finds nearly all of them in less time
_PART = 1_000  # rows asked for at a time
_CELLS = 1 << 22  # distances held at a time
_SOUGHT = 2  # times as many neighbours are sought as are kept: the nearest are then missed less

Told = Callable[[int, int], None]


def nearest(
    values: NDArray[np.float32], *, seed: int = 0, told: Told = lambda _done, _total: None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the k = min(10, N - 1) nearest other samples of each sample and their distances.

    Up to 20,000 samples they are exact; above, those of nearest-neighbour descent (Dong, Moses and
    Li 2011), whose distances are exact but which may miss a neighbour. Other samples at distance 0
    are neighbours like any others.

    Args:
        values: (N, d) finite float32; may be mapped from a file.
        seed: of the descent.
        told: called with (rows done, N).

    Returns:
        (N, k) int32 rows, nearest first, and (N, k) float32 Euclidean distances.
    """
    count = len(values)
    k = min(COUNT, count - 1)
    rows = np.empty((count, k), dtype=np.int32)
    distances = np.empty((count, k), dtype=np.float32)
    if k < 1:
        return rows, distances
    exact = count <= LARGEST_EXACT
    search = _searcher(values, k + 1) if exact else _descended(values, k + 1, seed)
    for start in range(0, count, _PART):
        own = np.arange(start, min(start + _PART, count))
        rows[own], distances[own] = _ordered(values, own, search(own))
        told(int(own[-1]) + 1, count)
    return rows, distances


# (n,) rows -> (n, k + 1) found rows, itself among them
Search = Callable[[NDArray[np.int64]], NDArray[np.int64]]


def _searcher(values: NDArray[np.float32], count: int) -> Search:
    """Search among all, in double precision: |a - b|^2 = |a|^2 + |b|^2 - 2 ab."""
    others = np.asarray(values, dtype=np.float64)
    others = others - others.mean(axis=0)  # less to cancel
    squares = (others**2).sum(axis=1)
    size = max(1, _CELLS // len(others))

    def search(own: NDArray[np.int64]) -> NDArray[np.int64]:
        found = np.empty((len(own), count), dtype=np.int64)
        for start in range(0, len(own), size):
            part = own[start : start + size]
            distances = squares - 2 * (others[part] @ others.T)  # (n, N), less |a|^2
            distances[np.arange(len(part)), part] = -np.inf  # itself, before its copies
            found[start : start + size] = np.argpartition(distances, count - 1)[:, :count]
        return found

    return search


def _descended(values: NDArray[np.float32], count: int, seed: int) -> Search:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's own, at import and when it compiles
        from pynndescent import NNDescent

        keep_compiled("pynndescent")
        index = NNDescent(
            np.array(values), n_neighbors=_SOUGHT * count, random_state=seed, n_jobs=1
        )
        found = _itself_first(np.asarray(index.neighbor_graph[0]), count)
    brute: list[Search] = []

    def search(own: NDArray[np.int64]) -> NDArray[np.int64]:
        part = found[own]
        short = np.flatnonzero((part < 0).any(axis=1))
        if len(short):  # the descent found fewer than asked for
            brute[:] = brute or [_searcher(values, count)]
            part[short] = brute[0](own[short])
        return part

    return search


def _itself_first(found: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the first `count` of what was found, each row itself moved to the front.

    Where a sample has many copies, the descent may not list itself.
    """
    own = np.arange(len(found), dtype=np.int64)[:, None]
    order = np.argsort(found != own, axis=1, kind="stable")
    rows = np.take_along_axis(found, order, 1)[:, :count].astype(np.int64)
    missing = rows[:, 0] != own[:, 0]
    rows[missing, 1:] = rows[missing, :-1]
    rows[:, :1] = own
    return rows


def _ordered(
    values: NDArray[np.float32], own: NDArray[np.int64], found: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Drop each row itself and sort by distance, then row; distances without cancellation."""
    differences = values[found].astype(np.float64) - values[own, None]  # (n, k + 1, d)
    distances = np.sqrt((differences**2).sum(axis=2))
    itself = found == own[:, None]
    order = np.lexsort((found, np.where(itself, np.inf, distances)))[:, :-1]
    return np.take_along_axis(found, order, 1), np.take_along_axis(distances, order, 1)
