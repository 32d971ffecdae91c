"""The calibrated score: centroids that follow the masked backbone, distances without a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dlc_core.masking.schedule import Schedule
from dlc_core.scoring.objectives.centroids import (
    Centroids,
    chunks,
    class_centroids,
    distance_losses,
)
from dlc_core.scoring.objectives.class_findings import balanced_accuracy, chance_level
from dlc_core.scoring.objectives.nearest_centroid import NearestCentroid


def calibrated_losses(
    features: NDArray[np.float32], rows: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Return the nearest-centroid losses of one mask, free of the features' place and scale.

    mu_c is the class mean of these very features, d_ic = ||z_i - mu_c|| divided by the mean of all
    N C distances, and the loss the cross-entropy of the logits 1 / max(d, 1e-6).

    Args:
        features: (N, D) under one mask; may be mapped from a file.
        rows: (N,) class of each sample, in [0, C).
        classes: C.

    Returns:
        (N,) float64; higher = harder. Features that are all equal give log C.

    Reference: ours; the paper (arXiv 2402.05356, section 3) keeps the unmasked centroids.
    """
    centroids = Centroids(class_centroids(features, rows, classes))
    parts = chunks(len(rows), classes)
    total = sum(float(centroids.distances(features[part]).sum()) for part in parts)
    mean = total / (len(rows) * classes)
    if mean == 0:
        return np.full(len(rows), np.log(classes))
    return np.concatenate(
        [distance_losses(centroids.distances(features[part]) / mean, rows[part]) for part in parts]
    )


@dataclass(frozen=True)
class CalibratedCentroids(NearestCentroid):
    """Masks in growing order, as long as the backbone tells the classes apart.

    The first mask at which the nearest-centroid accuracy, by the unmasked centroids, is at chance
    ends it; its loss does not count.
    """

    samplewise: ClassVar[bool] = False
    growing: ClassVar[bool] = True

    def of_part(
        self,
        outputs: NDArray[np.float32],
        rows: NDArray[np.int64],  # noqa: ARG002
    ) -> tuple[NDArray[np.float64] | None, NDArray[np.int64]]:
        """Return no losses yet, and the nearest unmasked centroid's class of each sample."""
        return None, self.centroids.distances(outputs).argmin(axis=1)

    def of_all(self, outputs: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the losses of all samples, (N,)."""
        return calibrated_losses(outputs, rows, len(self.mu))

    def ends(self, predicted: NDArray[np.uint16], rows: NDArray[np.int64]) -> bool:
        """Return whether the backbone tells the classes apart no better than chance."""
        sizes = np.bincount(rows)
        return balanced_accuracy(predicted, rows, sizes) <= chance_level(sizes)[1]

    def weights(
        self, schedule: Schedule, done: set[int], last_step: int | None
    ) -> NDArray[np.float64]:
        """Return what each mask counts for: only those before the collapse do."""
        last = int(schedule.steps[max(done)]) if last_step is None else last_step
        counted = {mask for mask in done if schedule.steps[mask] <= last}
        return schedule.weights(counted, until=last)
