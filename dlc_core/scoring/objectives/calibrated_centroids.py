"""The calibrated score: centroids that follow the masked backbone, distances without a scale."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import read_json, write_json
from dlc_core.row_file import RowFile
from dlc_core.scoring.cautions import balanced_accuracy, chance_level
from dlc_core.scoring.first_pass import CHECKPOINT_SECONDS
from dlc_core.scoring.objectives.nearest_centroid import (
    Centroids,
    chunks,
    class_centroids,
    distance_losses,
)
from dlc_core.scoring.pixels import batches
from dlc_core.scoring.sweep import Sweep


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


class CalibratedSweep(Sweep):
    """Masks in growing order, as long as the backbone tells the classes apart.

    The first mask at which the nearest-centroid accuracy, by the unmasked centroids, is at chance
    ends it; its loss does not count. A mask's features are kept on disk until it is done.
    """

    def order(self) -> list[int]:
        """The masks in growing order."""
        return list(range(len(self.encoder.schedule)))

    def _done_before(self) -> set[int]:
        done: set[int] = set()
        for mask in self.order():
            if not np.isfinite(self.losses[mask]).all():
                break
            done.add(mask)
            if mask and self._collapsed(mask):
                break
        return done

    def _collapsed(self, mask: int) -> bool:
        """Return whether the backbone tells nothing under a mask; then it ends the score."""
        sizes = np.bincount(self.rows)
        if balanced_accuracy(self.nearest[mask], self.rows, sizes) > chance_level(sizes)[1]:
            return False
        self.last_step = int(self.encoder.schedule.steps[mask - 1])
        return True

    def weights(self, done: set[int]) -> NDArray[np.float64]:
        """Return what each mask counts for: only those before the collapse do."""
        steps = self.encoder.schedule.steps
        last = int(steps[max(done)]) if self.last_step is None else self.last_step
        counted = {mask for mask in done if steps[mask] <= last}
        return self.encoder.schedule.weights(counted, until=last)

    def _take_unmasked(self, features: NDArray[np.float32]) -> None:
        for part in chunks(len(self.rows), len(self.centroids)):
            self.nearest[0, part] = self._nearest(self.centroids.distances(features[part]))
        self.losses[0] = calibrated_losses(features, self.rows, int(self.rows.max()) + 1)

    def _one_mask(self, mask: int, block: slice, done: set[int]) -> bool:
        """Score one mask for all samples; return False if the sweep ends here."""
        if not np.isfinite(self.losses[mask]).all():
            twin = self._twin(mask)
            if twin is not None:
                self._copy(twin, mask, block)
            elif not self._features(mask, block, done):
                return False
        if self._collapsed(mask):
            done.add(mask)
            self.after_mask(done)
            return False
        return True

    def _features(self, mask: int, block: slice, done: set[int]) -> bool:
        """Compute a mask's features, then its losses; return False if asked to finish."""
        state = self.work.folder / "masked.json"
        shape = (self.encoder.dimension,)
        with closing(RowFile(self.work.folder / "masked.bin", shape, np.float32)) as file:
            file.keep(_noted_rows(state, mask, len(file)))
            wanted = [part for part in self._grid(block) if part.start >= len(file)]
            self.encoder.apply(mask)
            noted = time.monotonic()
            pixels = batches(self._reader(block), wanted, ahead=self.encoder.ahead > 0)
            for part, features in self.encoder.features(pixels):
                file.append(features)
                self.nearest[mask, part] = self._nearest(self.centroids.distances(features))
                if time.monotonic() - noted > CHECKPOINT_SECONDS:
                    file.sync()
                    write_json(state, {"mask": mask, "rows": len(file)})
                    noted = time.monotonic()
                if self._scored(len(features), len(done)):
                    return False
            classes = int(self.rows.max()) + 1
            self.losses[mask] = calibrated_losses(file.mapped(), self.rows, classes)
            file.keep(0)
            return True


def _noted_rows(state: Path, mask: int, rows: int) -> int:
    """Return how many rows of the masked features are known to be on disk for this mask."""
    value = read_json(state) or {}
    noted = value.get("rows") if value.get("mask") == mask else 0
    return noted if isinstance(noted, int) and 0 <= noted <= rows else 0
