"""ZCore: samples that cover random planes of the features and are not redundant there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.draw import draw_order
from dlc_core.selection.parameters import Parameter
from dlc_core.selection.strategies.strategy import Strategy
from dlc_core.selection.strategies.within_class import Members, number_from, places, vectors

_CELLS = 1 << 16  # distances held at a time: what fits a core's cache


def draw_points(
    axes: NDArray[np.float32], random: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the two dimensions of each draw and its point in their plane, (T, 2) each.

    Each coordinate has the triangular distribution from the lowest to the highest value of its
    dimension whose mode is the median. With one dimension there is one coordinate, (T, 1).

    Args:
        axes: (D, n) features, transposed.
        random: (T, 4) uniform numbers in [0, 1).
    """
    dims = np.floor(random[:, :2] * (len(axes), len(axes) - 1)).astype(np.int64)
    dims[:, 1] += dims[:, 1] >= dims[:, 0]  # another one
    dims = dims[:, : len(axes)]
    low, high = axes.min(axis=1).astype(np.float64), axes.max(axis=1).astype(np.float64)
    mode = np.array([np.median(axis) for axis in axes], dtype=np.float64)  # (D,)
    low, high, mode = low[dims], high[dims], mode[dims]
    share = random[:, 2 : 2 + dims.shape[1]]
    rising = share * (high - low) < mode - low
    below = low + np.sqrt(share * (high - low) * (mode - low))
    above = high - np.sqrt((1 - share) * (high - low) * (high - mode))
    return dims, np.where(rising, below, above).astype(np.float32)


def rewards(
    axes: NDArray[np.float32],
    dims: NDArray[np.int64],
    points: NDArray[np.float32],
    *,
    neighbours: int,
    exponent: int,
) -> NDArray[np.float64]:
    """Return the sum over all draws of each sample's coverage less its redundancy, (n,).

    In each draw's plane, with L1 distances: the sample nearest to the point gets 1; then its
    nearest other samples share a penalty of 1 in proportion to d^-exponent, d their
    distance to it. Those at distance 0 share all of it, if there are any. Ties: the first sample
    is nearest; all that are as near as the last neighbour count.

    Args:
        axes: (D, n) features, transposed; n >= 2.
        dims: (T, m) the dimensions of each draw.
        points: (T, m) the point of each draw.
        neighbours: alpha, how many of the nearest share the penalty.
        exponent: beta, how fast the penalty falls with the distance.
    """
    count = axes.shape[1]
    total = np.zeros(count)
    size = max(1, _CELLS // count)
    for start in range(0, len(dims), size):
        plane = axes[dims[start : start + size].T]  # (m, b, n)
        chosen = np.argmin(_distances(plane, points[start : start + size].T), axis=1)  # (b,)
        total += np.bincount(chosen, minlength=count)
        draws = np.arange(len(chosen))
        apart = _distances(plane, plane[:, draws, chosen])
        apart[draws, chosen] = np.inf
        nearest = apart.min(axis=1)
        copies = np.flatnonzero(nearest == 0)
        near: NDArray[np.bool_] | bool = True
        if count - 1 > neighbours:
            farthest = np.partition(apart, neighbours - 1, axis=1)[:, neighbours - 1]
            near = apart <= farthest[:, None]
        same = apart[copies] == 0
        apart[copies] = np.where(same, np.float32(1), np.float32(np.inf))
        nearest[copies] = 1
        weights = nearest[:, None] / apart  # in [0, 1]: powers cannot overflow
        _raise(weights, exponent)
        weights *= near  # quicker than writing where it is not
        total -= (1 / weights.sum(axis=1)) @ weights
    return total


def _raise(values: NDArray[np.float32], exponent: int) -> None:
    """Raise values to a whole power >= 1, in place: squares and products, the highest bit first."""
    base = values if exponent & (exponent - 1) == 0 else values.copy()
    for bit in f"{exponent:b}"[1:]:
        np.square(values, out=values)
        if bit == "1":
            values *= base


def _distances(plane: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (b, n) L1 distances of the samples of (m, b, n) to the points (m, b)."""
    found: NDArray[np.float32] = np.abs(plane[0] - points[0][:, None])
    for axis, point in zip(plane[1:], points[1:], strict=True):
        along = axis - point[:, None]
        found += np.abs(along, out=along)
    return found


def zcore_order(
    samples: Candidates, *, seed: int, draws: int, neighbours: int, exponent: int
) -> NDArray[np.int64]:
    """Return each sample's place in its class, (N,), 0 = highest ZCore score; ties by key.

    Args:
        samples: what to choose from.
        seed: of the draw.
        draws: random points per sample of the class.
        neighbours: alpha, how many of the nearest share a penalty.
        exponent: beta, how fast the penalty falls with the distance.

    Raises:
        DLCError: if there are no features.

    Reference: Griffin, Marks and Corso 2024 (arXiv 2411.15349); docs/strategies.md says which
    variant this is.
    """
    draw = draw_order(samples.named, seed=seed)

    def ordered(members: Members) -> NDArray[np.int64]:
        count = len(members)
        axes = np.ascontiguousarray(vectors(samples, members).T)  # (D, n)
        generator = np.random.default_rng(number_from("zcore", seed, members.class_id))
        dims, points = draw_points(axes, generator.random((draws * count, 4)))
        start = np.empty(count)
        start[np.argsort(draw[members.positions])] = np.arange(count) / count  # as if uniform
        found = rewards(axes, dims, points, neighbours=neighbours, exponent=exponent)
        return np.argsort(-(start + found), kind="stable")

    return places(samples, ordered)


STRATEGY = Strategy(
    "ZCore",
    "Samples that cover random planes of the features and are not redundant there (ZCore): "
    "its paper reports gains over choices that need training, most in small subsets",
    zcore_order,
    explanation="Many times a random point is drawn in a random plane: the sample nearest to it "
    "wins, and its neighbours pay for being like it.",
    parameters=(
        Parameter(
            "draws",
            "Draws per sample",
            1,
            100,
            10,
            "Random points for each sample of a class. More make the choice depend less on the "
            "seed; the time grows with them.",
            whole=True,
        ),
        Parameter(
            "neighbours",
            "Neighbours that pay",
            1,
            5000,
            1000,
            "How many of the samples nearest to the winner share the penalty (alpha).",
            whole=True,
        ),
        Parameter(
            "exponent",
            "Fall of the penalty",
            1,
            12,
            4,
            "How fast the penalty falls with the distance (beta): the larger, the more of it the "
            "very nearest pay.",
            whole=True,
        ),
    ),
    needs=("features",),
    random=True,
)
