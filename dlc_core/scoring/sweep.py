"""All masks after the first: in the order that makes every prefix the best estimate so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.runs.progress import Meter
from dlc_core.scoring.complexity import CHUNK, Centroids, class_centroids, distance_losses
from dlc_core.scoring.encoder import MaskedEncoder
from dlc_core.scoring.pixels import Pixels, batches
from dlc_core.scoring.work import NOT_KNOWN, Work


@dataclass
class Sweep:
    """The losses of every sample under every mask, written as they come.

    Attributes:
        work: where they are kept.
        encoder: under its masks.
        pixels: of the N readable samples.
        rows: (N,) class of each sample, in [0, C).
        meter: told of every batch.
        after_mask: called with the masks done so far, whenever one more is done for all samples.
    """

    work: Work
    encoder: MaskedEncoder
    pixels: Pixels
    rows: NDArray[np.int64]
    meter: Meter
    after_mask: Callable[[set[int]], None]

    def run(self) -> set[int]:
        """Compute what is missing; return the masks that are done for all samples.

        All of them, unless someone asked to finish early.
        """
        samples, masks = len(self.rows), len(self.encoder.schedule)
        features = self.work.features.mapped()
        self.centroids = Centroids(class_centroids(features, self.rows, int(self.rows.max()) + 1))
        self.losses, self.nearest = self.work.grids(masks, samples)
        for start in range(0, samples, CHUNK):
            part = slice(start, min(start + CHUNK, samples))
            self._take(0, part, features[part])
        done = {0} | {mask for mask in range(masks) if np.isfinite(self.losses[mask]).all()}
        self.after_mask(done)
        self._passes = self._planned()
        for block in self.pixels.blocks:
            if not self._block(block, done):
                break
        return done

    def _planned(self) -> tuple[int, int]:
        """Return how many forward passes are done and how many there will be."""
        real = real_masks(self.encoder)
        there = sum(int(np.isfinite(self.losses[mask]).sum()) for mask in real)
        return there, len(self.rows) * len(real)

    def _block(self, block: slice, done: set[int]) -> bool:
        """Put one block of samples under all masks; return False if asked to finish."""
        read = None
        last = block.stop == len(self.rows)
        for mask in self.encoder.schedule.order:
            wanted = self._missing(mask, block)
            if wanted and (twin := self._twin(mask)) is not None:
                self.losses[mask, block] = self.losses[twin, block]
                self.nearest[mask, block] = self.nearest[twin, block]
            elif wanted:
                read = read or self.pixels.load(block)
                self.encoder.apply(mask)
                pixels = batches(read, wanted, ahead=self.encoder.ahead > 0)
                for part, features in self.encoder.features(pixels):
                    self._take(mask, part, features)
                    if self._scored(len(features), len(done)):
                        return False
            if last and mask not in done:
                done.add(mask)
                self.after_mask(done)
        return True

    def _missing(self, mask: int, block: slice) -> list[slice]:
        """Return the batches of a block without losses; the grid of batches never moves."""
        size = self.encoder.batch
        grid = [
            slice(start, min(start + size, block.stop))
            for start in range(block.start, block.stop, size)
        ]
        return [part for part in grid if not np.isfinite(self.losses[mask, part]).all()]

    def _twin(self, mask: int) -> int | None:
        """Return a mask before this one in the order that leaves the same weights, if any."""
        changed = self.encoder.changed
        order = self.encoder.schedule.order
        earlier = order[: order.index(mask)]
        return next((other for other in earlier if changed[other] == changed[mask]), None)

    def _take(self, mask: int, part: slice, features: NDArray[np.float32]) -> None:
        distances = self.centroids.distances(features)
        # The losses last: they say that the batch is done.
        self.nearest[mask, part] = np.minimum(distances.argmin(axis=1), NOT_KNOWN)
        self.losses[mask, part] = distance_losses(distances, self.rows[part])

    def _scored(self, samples: int, done: int) -> bool:
        passed, total = self._passes
        self._passes = passed + samples, total
        masks = len(self.encoder.schedule)
        self.meter(
            "scoring",
            passed + samples,
            total,
            unit="forward passes",
            detail=f"mask {min(done + 1, masks)} of {masks}",
        )
        return self.work.finish_asked


def real_masks(encoder: MaskedEncoder) -> list[int]:
    """Return the masks after the first that leave other weights than the one before them."""
    changed = encoder.changed
    return [mask for mask in range(1, len(changed)) if changed[mask] != changed[mask - 1]]
