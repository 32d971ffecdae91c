"""The whole that subsets are held against, and what of it is computed only once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.errors import DLCError

LARGEST_PART = 2_000  # samples of a side of a kernel matrix
MEDIAN_PART = 1_000  # samples whose distances give the kernel's width
_SEED = 0  # of the order that both parts are the front of
_ROWS = 4_096  # rows summed in float32 before the sum goes on in float64


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of n samples.

    Attributes:
        mean: (d,) less the centre that they were computed around.
        covariance: (d, d) with n - 1 below the line; nan for n < 2.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


@dataclass(frozen=True, eq=False)  # compared by identity, so that draws can be remembered
class Whole:
    """All N samples, excluded ones too; make it once, with `whole_of`, and hold subsets against it.

    Attributes:
        components: (N, d) finite float32, maybe mapped; each pass reads them part by part.
        classes: how many classes there are.
        rows: (N,) the class of each sample, in [0, classes).
        neighbours: (N, k) rows of each sample's nearest others, maybe mapped; None = not known.
    """

    components: NDArray[np.float32]
    classes: int
    rows: NDArray[np.int64]
    neighbours: NDArray[np.int32] | None

    def __len__(self) -> int:
        """Return N."""
        return len(self.components)

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """(d,) the mean of all."""
        return self.mean_of(np.ones(len(self), dtype=np.bool_))

    @cached_property
    def moments(self) -> Moments:
        """Of all, around `mean`."""
        return self.moments_of(np.ones(len(self), dtype=np.bool_))

    @cached_property
    def root_covariance(self) -> NDArray[np.float64]:
        """(d, d) the symmetric square root of the covariance of all."""
        values, vectors = np.linalg.eigh(self.moments.covariance)
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(classes,) samples of each class."""
        return np.bincount(self.rows, minlength=self.classes).astype(np.int64)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """(N,) the samples in one random order, the same for every subset."""
        return np.random.default_rng(_SEED).permutation(len(self))

    @cached_property
    def width(self) -> float:
        """The kernel's width s: the median distance between two of the first 1,000 in `order`.

        Where that is 0, as more than half of the pairs are copies, their mean distance; 1 if that
        is 0 too.
        """
        part = self.components[self.order[:MEDIAN_PART]] - self.mean
        squares = (part**2).sum(axis=1)
        distances = squares[:, None] + squares - 2 * part @ part.T  # (n, n), squared
        pairs = np.sqrt(np.maximum(distances[np.triu_indices(len(part), 1)], 0))
        if not len(pairs):
            return 1.0
        # Cancellation leaves copies next to 0, not at it.
        pairs[pairs < 1e-7 * np.sqrt(squares.max())] = 0
        return float(np.median(pairs)) or float(pairs.mean()) or 1.0

    @cached_property
    def part(self) -> NDArray[np.float32]:
        """(n, d) scaled components of the samples that stand for all in a kernel matrix."""
        return self.part_of(np.ones(len(self), dtype=np.bool_))

    @cached_property
    def part_kernel(self) -> float:
        """The mean of the kernel over all pairs of `part`."""
        return mean_kernel(self.part, self.part)

    def part_of(self, kept: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return (n, d) components / s of the first kept samples in `order`, at most 2,000.

        The first of one order for all, so that a subset of everything has the part of everything.
        """
        rows = self.order[kept[self.order]][:LARGEST_PART]
        return np.asarray((self.components[rows] - self.mean) / self.width, dtype=np.float32)

    def mean_of(self, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the mean of the kept samples, (d,); nan if there are none."""
        total = np.zeros(self.components.shape[1])
        for start in range(0, len(self), _ROWS):
            here = slice(start, start + _ROWS)
            total += kept[here].astype(np.float32) @ self.components[here]
        count = int(np.count_nonzero(kept))
        return total / count if count else np.full_like(total, np.nan)

    def moments_of(self, kept: NDArray[np.bool_]) -> Moments:
        """Return mean and covariance of the kept samples, around the mean of all."""
        rows = np.flatnonzero(kept)
        count, dimensions = len(rows), self.components.shape[1]
        centre = self.mean.astype(np.float32)
        total, products = np.zeros(dimensions), np.zeros((dimensions, dimensions))
        for start in range(0, count, _ROWS):
            values = self.components[rows[start : start + _ROWS]] - centre  # (n, d)
            total += np.ones(len(values), dtype=np.float32) @ values
            products += values.T @ values
        if count < 2:
            return Moments(total / max(count, 1), np.full_like(products, np.nan))
        mean = total / count
        return Moments(mean, (products - count * np.outer(mean, mean)) / (count - 1))


def mean_kernel(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the mean of exp(-||x - y||^2 / 2) over all pairs, x of (n, d), y of (m, d)."""

    def widened(values: NDArray[np.float32], *, left: bool) -> NDArray[np.float32]:
        # x'y - ||x||^2 / 2 - ||y||^2 / 2 as one matrix product
        halves = -0.5 * (values**2).sum(axis=1, keepdims=True)
        ones = np.ones_like(halves)
        return np.hstack([values, halves, ones] if left else [values, ones, halves])

    exponents = widened(one, left=True) @ widened(other, left=False).T  # (n, m)
    np.minimum(exponents, 0, out=exponents)
    return float(np.exp(exponents, out=exponents).mean(axis=1).mean(dtype=np.float64))


def whole_of(
    components: NDArray[np.float32],
    class_ids: ArrayLike,
    neighbours: NDArray[np.int32] | None = None,
) -> Whole:
    """Check the samples that subsets are held against; nothing is computed yet.

    Args:
        components: (N, d) finite float32, such as `stored_components(run)` of
            `dlc_core.runs.reduced_features`.
        class_ids: (N,) any whole numbers.
        neighbours: (N, k) rows, such as `dlc_core.issues.read_neighbours(run)[0]`; None = not
            known.

    Raises:
        DLCError: if shapes do not fit.
    """
    ids = np.asarray(class_ids)
    if components.ndim != 2 or ids.shape != components.shape[:1]:
        raise DLCError(
            f"expected components (N, d) and N class_ids, got {components.shape} and {ids.shape}."
        )
    if neighbours is not None and (neighbours.ndim != 2 or len(neighbours) != len(ids)):
        raise DLCError(f"expected neighbours ({len(ids)}, k), got {neighbours.shape}.")
    classes, rows = np.unique(ids, return_inverse=True)
    return Whole(components, len(classes), rows.astype(np.int64), neighbours)
