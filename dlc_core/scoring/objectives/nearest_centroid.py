"""Learning complexity: the nearest-centroid loss that DLC averages over masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.errors import DLCError
from dlc_core.masking.schedule import Schedule
from dlc_core.plurals import counted
from dlc_core.scoring.objectives.base import Found, Known
from dlc_core.scoring.objectives.centroids import (
    Centroids,
    chunks,
    class_centroids,
    class_rows,
    distance_losses,
)
from dlc_core.scoring.objectives.class_findings import known_classes, masked_accuracy


def learning_complexity(
    features: ArrayLike, centroids: ArrayLike, class_ids: ArrayLike
) -> NDArray[np.float64]:
    """Return each sample's nearest-centroid loss: cross-entropy of the logits 1 / d.

    d_ic = max(||z_i - mu_c||, 1e-6); loss_i = -log softmax_c(1 / d_ic) at the sample's own class.
    All in float64. A sample's DLC score is the mean of these losses over the masks.

    Args:
        features: (N, D) pooled features under one mask, any float type, finite.
        centroids: (C, D) class means of the unmasked features.
        class_ids: (N,) whole numbers: rows of `centroids`, or C distinct ids in ascending order.

    Returns:
        (N,) losses, >= 0; higher = harder.

    Raises:
        DLCError: if shapes do not fit, or features or centroids are not finite.

    Reference: arXiv 2402.05356, section 3 (learning complexity of a non-parametric classifier).
    """
    z, mu = np.asarray(features), np.asarray(centroids)
    if z.ndim != 2 or mu.ndim != 2 or z.shape[1] != mu.shape[1]:
        raise DLCError(
            f"expected features (N, D) and centroids (C, D), got {z.shape} and {mu.shape}."
        )
    rows = class_rows(class_ids, len(mu))
    if len(rows) != len(z):
        raise DLCError(
            f"got {counted(len(z), 'feature')} and {len(rows)} class_ids; expected as many."
        )
    prepared = Centroids(mu)
    losses = np.empty(len(z), dtype=np.float64)  # (N,)
    for part in chunks(len(z), len(mu)):
        losses[part] = distance_losses(prepared.distances(z[part]), rows[part])
    return losses


@dataclass(frozen=True)
class NearestCentroid:
    """The paper's objective: each sample against the class centroids of the unmasked backbone.

    Attributes:
        mu: (C, D) the centroids.

    Reference: arXiv 2402.05356, section 3.
    """

    mu: NDArray[np.float64]
    samplewise: ClassVar[bool] = True
    growing: ClassVar[bool] = False

    @classmethod
    def begin(cls, outputs: NDArray[np.float32], rows: NDArray[np.int64]) -> Self:
        """Take the class means of the unmasked features as centroids."""
        return cls(class_centroids(outputs, rows, int(rows.max()) + 1))

    @cached_property
    def centroids(self) -> Centroids:
        """The centroids, prepared for distances."""
        return Centroids(self.mu)

    def parts(self, samples: int) -> list[slice]:
        """Return parts whose distances take 32 MB at most."""
        return chunks(samples, len(self.mu))

    def of_part(
        self, outputs: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64] | None, NDArray[np.int64]]:
        """Return the losses of some samples, and the nearest centroid's class of each."""
        distances = self.centroids.distances(outputs)
        return distance_losses(distances, rows), distances.argmin(axis=1)

    def of_all(self, outputs: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the losses of all samples, (N,)."""
        parts = [self.of_part(outputs[part], rows[part])[0] for part in self.parts(len(rows))]
        return np.concatenate([losses for losses in parts if losses is not None])

    def ends(self, predicted: NDArray[np.uint16], rows: NDArray[np.int64]) -> bool:  # noqa: ARG002
        """Every mask counts."""
        return False

    def weights(
        self,
        schedule: Schedule,
        done: set[int],
        last_step: int | None,  # noqa: ARG002
    ) -> NDArray[np.float64]:
        """Return what each mask's loss counts for, (M,)."""
        return schedule.weights(done)

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The run keeps the centroids."""
        return {"centroids.npy": self.mu}

    def unmasked(self, known: Known) -> Found:
        """Return whether the backbone knows the classes."""
        return known_classes(known, self.centroids)

    def masked(self, known: Known) -> Found:
        """Return the accuracy under each mask, and whether it collapses where that counts."""
        return masked_accuracy(known, stops=self.growing)
