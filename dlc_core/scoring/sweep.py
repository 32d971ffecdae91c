"""All masks after the first: in the order that makes every prefix the best estimate so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.records.progress import Meter
from dlc_core.scoring.encoder import MaskedEncoder
from dlc_core.scoring.objectives.nearest_centroid import (
    Centroids,
    chunks,
    class_centroids,
    distance_losses,
)
from dlc_core.scoring.pixels import Pixels, Read, batches
from dlc_core.scoring.resume_state import NOT_KNOWN, Work


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
        last_step: the last step that counts in the score; None = the schedule's.
    """

    work: Work
    encoder: MaskedEncoder
    pixels: Pixels
    rows: NDArray[np.int64]
    meter: Meter
    after_mask: Callable[[set[int]], None]
    last_step: int | None = None

    def run(self) -> set[int]:
        """Compute what is missing; return the masks that are done for all samples.

        All of them, unless someone asked to finish early.
        """
        masks, samples = len(self.encoder.schedule), len(self.rows)
        features = self.work.features.mapped()
        self.mu = self.means(features)
        self.centroids = Centroids(self.mu)
        self.losses, self.nearest = self.work.grids(masks, samples)
        self._take_unmasked(features)
        self._passes = self._planned()
        self._loaded: tuple[slice, Read] | None = None
        self._first_alike = {
            int(self.encoder.changed[mask]): mask for mask in reversed(self.order())
        }
        done = self._done_before()
        self.after_mask(done)
        for block in self.pixels.blocks:
            for mask in self.order()[1:]:
                if not self._one_mask(mask, block, done):
                    return done
                if block.stop == samples and mask not in done:
                    done.add(mask)
                    self.after_mask(done)
        return done

    def means(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the centroids that samples are compared with, (C, D)."""
        return class_centroids(features, self.rows, int(self.rows.max()) + 1)

    def _done_before(self) -> set[int]:
        """Return the masks that an earlier process did for all samples, and mask 0."""
        finite = (mask for mask, losses in enumerate(self.losses) if np.isfinite(losses).all())
        return {0, *finite}

    def _reader(self, block: slice) -> Read:
        """Return what gives a block's pixels; a block is made ready once for all masks."""
        if self._loaded is None or self._loaded[0] != block:
            self._loaded = None  # the last block's pixels make room
            self._loaded = block, self.pixels.load(block)
        return self._loaded[1]

    def order(self) -> list[int]:
        """The masks in the order in which they are computed."""
        return self.encoder.schedule.order

    def weights(self, done: set[int]) -> NDArray[np.float64]:
        """Return what each mask's loss counts for, (M,), when these are done."""
        return self.encoder.schedule.weights(done)

    def _take_unmasked(self, features: NDArray[np.float32]) -> None:
        for part in chunks(len(self.rows), len(self.centroids)):
            self._take(0, part, features[part])

    def _planned(self) -> tuple[int, int]:
        """Return how many forward passes are done and how many there will be."""
        real = real_masks(self.encoder)
        there = sum(int(np.isfinite(self.losses[mask]).sum()) for mask in real)
        return there, len(self.rows) * len(real)

    def _one_mask(self, mask: int, block: slice, done: set[int]) -> bool:
        """Put one block of samples under one mask; return False if asked to finish."""
        wanted = [part for part in self._grid(block) if self._lacks(mask, part)]
        if not wanted:
            return True
        if (twin := self._twin(mask)) is not None:
            self._copy(twin, mask, block)
            return True
        self.encoder.apply(mask)
        pixels = batches(self._reader(block), wanted, ahead=self.encoder.ahead > 0)
        for part, features in self.encoder.features(pixels):
            self._take(mask, part, features)
            if self._scored(len(features), len(done)):
                return False
        return True

    def _grid(self, block: slice) -> list[slice]:
        """Return the batches of a block; they never move, so that every result can be repeated."""
        size = self.encoder.batch
        starts = range(block.start, block.stop, size)
        return [slice(start, min(start + size, block.stop)) for start in starts]

    def _lacks(self, mask: int, part: slice) -> bool:
        return not bool(np.isfinite(self.losses[mask, part]).all())

    def _copy(self, twin: int, mask: int, block: slice) -> None:
        self.nearest[mask, block] = self.nearest[twin, block]
        self.losses[mask, block] = self.losses[twin, block]

    def _twin(self, mask: int) -> int | None:
        """Return a mask before this one in the order that leaves the same weights, if any."""
        twin = self._first_alike[int(self.encoder.changed[mask])]
        return None if twin == mask else twin

    def _take(self, mask: int, part: slice, features: NDArray[np.float32]) -> None:
        distances = self.centroids.distances(features)
        # The losses last: they say that the batch is done.
        self.nearest[mask, part] = self._nearest(distances)
        self.losses[mask, part] = distance_losses(distances, self.rows[part])

    def _nearest(self, distances: NDArray[np.float64]) -> NDArray[np.int64]:
        nearest: NDArray[np.int64] = np.minimum(distances.argmin(axis=1), int(NOT_KNOWN))
        return nearest

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
