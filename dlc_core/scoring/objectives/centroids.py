"""Class centroids, distances to them, and the loss of these distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.errors import DLCError
from dlc_core.plurals import counted

SMALLEST_DISTANCE = 1e-6
_CHUNK_VALUES = 2**22  # of (samples, C or D) at a time


def chunks(samples: int, width: int) -> list[slice]:
    """Return parts of the samples so small that (rows, width) float64 takes 32 MB at most."""
    rows = max(1, min(4096, _CHUNK_VALUES // max(1, width)))
    return [slice(start, min(start + rows, samples)) for start in range(0, samples, rows)]


def class_rows(class_ids: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Return the row of the centroids that belongs to each sample's class.

    Class ids in [0, C) are rows already; any other C distinct integers stand in ascending order.

    Raises:
        DLCError: if the ids are neither.
    """
    ids = np.asarray(class_ids)
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise DLCError(f"class_ids must be N whole numbers, got {ids.dtype} of shape {ids.shape}.")
    if len(ids) == 0 or (ids.min() >= 0 and ids.max() < classes):
        return ids.astype(np.int64)
    distinct, rows = np.unique(ids, return_inverse=True)
    if len(distinct) != classes:
        raise DLCError(
            f"got {counted(len(distinct), 'class')} in class_ids and "
            f"{counted(classes, 'centroid')}; expected ids in "
            f"[0, {classes}) or exactly {classes} distinct ones."
        )
    return rows.astype(np.int64)


def class_centroids(
    features: ArrayLike, rows: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Return the mean feature of each class, (C, D) float64.

    Args:
        features: (N, D) pooled features of the unmasked encoder.
        rows: (N,) class of each sample, in [0, C); every class has at least one.
        classes: C.
    """
    values = np.asanyarray(features)
    sums = np.zeros((classes, values.shape[1]), dtype=np.float64)  # (C, D)
    for part in chunks(len(values), values.shape[1]):
        np.add.at(sums, rows[part], values[part].astype(np.float64))
    return sums / np.bincount(rows, minlength=classes)[:, None]


class Centroids:
    """Class centroids, prepared for distances to many features."""

    def __init__(self, centroids: ArrayLike) -> None:
        """Take (C, D) class means.

        Raises:
            DLCError: if they are not finite.
        """
        self._mu = np.asarray(centroids, dtype=np.float64)
        if not np.isfinite(self._mu).all():
            raise DLCError("centroids must be finite; leave out classes without samples.")
        self._middle = self._mu.mean(axis=0)
        self._mu = self._mu - self._middle
        self._squares = (self._mu * self._mu).sum(axis=1)[None, :]

    def __len__(self) -> int:
        """Return C."""
        return len(self._mu)

    def distances(self, features: ArrayLike) -> NDArray[np.float64]:
        """Return the Euclidean distance of each feature to each centroid, (N, C).

        One matrix product, as ||z||^2 - 2 z mu + ||mu||^2 around the mean centroid; where that
        cancels (a sample close to a centroid) the difference is taken literally.

        Raises:
            DLCError: if a feature is not finite.
        """
        z = np.asarray(features, dtype=np.float64) - self._middle  # (N, D)
        if not np.isfinite(z).all():
            raise DLCError(
                "features must be finite; the backbone overflowed or its weights are damaged."
            )
        size = (z * z).sum(axis=1)[:, None] + self._squares  # (N, C)
        square = size - 2.0 * (z @ self._mu.T)
        for row, column in np.argwhere(square < 1e-5 * size):
            square[row, column] = ((z[row] - self._mu[column]) ** 2).sum()
        distances: NDArray[np.float64] = np.sqrt(square)
        return distances


def distance_losses(distances: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the cross-entropy of the logits 1 / max(d, 1e-6), (N,).

    Args:
        distances: (N, C) to the centroids.
        rows: (N,) own class of each sample, in [0, C).
    """
    logits = 1.0 / np.maximum(distances, SMALLEST_DISTANCE)
    own = np.take_along_axis(logits, rows[:, None], axis=1)[:, 0]
    highest = logits.max(axis=1)
    log_sum = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
    losses: NDArray[np.float64] = log_sum - own
    return losses
