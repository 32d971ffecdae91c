"""The first pass: each image is read once, kept small, and seen by the unmasked encoder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Preprocess
from dlc_core.datasets import Dataset, Fault, Sample
from dlc_core.errors import DLCError
from dlc_core.records.progress import Meter
from dlc_core.scoring.decoding import Picture, Unreadable, pictures
from dlc_core.scoring.encoder import Batch, MaskedEncoder
from dlc_core.scoring.pixels import require_same
from dlc_core.scoring.resume_state import IMAGE, Position, Work

CHECKPOINT_SECONDS = 2.0


@dataclass
class _Gathered:
    """What came since the last batch was written; `images` may hold faults as well."""

    images: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)
    pixels: list[NDArray[np.uint8]] = field(default_factory=list)
    batch: NDArray[np.uint8] | None = None

    def stacked(self) -> NDArray[np.uint8]:
        self.batch = np.stack(self.pixels)
        return self.batch


class FirstPass:
    """Reads all images in order, batch by batch, from the last checkpoint on."""

    def __init__(
        self, work: Work, dataset: Dataset, preprocess: Preprocess, encoder: MaskedEncoder
    ) -> None:
        """Take the places to read from and to write to."""
        self._work, self._dataset, self._preprocess = work, dataset, preprocess
        self._encoder = encoder
        self.decodes = 0  # by this process

    def run(self, start: Position, meter: Meter) -> Position:
        """Go on from a position to the end; return the complete one.

        Raises:
            DLCError: if the data is gone, or a feature is not finite.
        """
        if start.complete:
            return start
        self._at, self._gathered, noted = start, _Gathered(), time.monotonic()
        total = len(self._dataset.samples)
        meter("decoding", start.images, total)
        self._encoder.apply(0)
        # One batch is one step for the encoder, so that any checkpoint is a whole number of them.
        for batch in self._batches():
            for _, features in self._encoder.features([batch]):
                if not np.isfinite(features).all():
                    raise DLCError(
                        "features must be finite; the backbone overflowed or its weights are "
                        "damaged."
                    )
                self._write(features)
            meter("decoding", self._at.images, total)
            if time.monotonic() - noted > CHECKPOINT_SECONDS:
                self._work.checkpoint(self._at)
                noted = time.monotonic()
        images = self._work.images.mapped()
        self._work.thumbnails.publish(images["thumbnail"][images["width"] > 0])
        self._at = replace(self._at, complete=True)
        self._work.checkpoint(self._at)
        return self._at

    def _batches(self) -> Iterator[Batch]:
        """Yield the pixels of readable images, a batch at a time; faults are noted on the way."""
        samples = self._dataset.samples[self._at.images :]
        size, end = self._encoder.batch, len(self._work.thumbnails)
        first = self._at.rows
        found = pictures(self._dataset, self._preprocess, samples, thumbnails=True)
        for sample, picture in zip(samples, found, strict=True):
            end += len(picture.thumbnail) if isinstance(picture, Picture) else 0
            self._take(sample, picture, end)
            if len(self._gathered.pixels) == size:
                yield slice(first, first + size), self._gathered.stacked()
                first += size
        if self._gathered.pixels:
            yield slice(first, first + len(self._gathered.pixels)), self._gathered.stacked()
        elif self._gathered.images:  # nothing but faults at the end
            self._write(None)

    def _take(self, sample: Sample, picture: Picture | Unreadable, end: int) -> None:
        gathered = self._gathered
        if isinstance(picture, Unreadable):
            label = self._dataset.classes[sample.class_id]
            place = self._at.images + len(gathered.images)
            self._work.add_fault(place, Fault(sample.path, label, picture.reason))
            gathered.images.append((0, 0, *picture.stamp, end))
            return
        self.decodes += 1
        gathered.images.append((*picture.size, *picture.stamp, end))
        gathered.thumbnails.append(picture.thumbnail)
        gathered.pixels.append(picture.pixels)

    def _write(self, features: NDArray[np.float32] | None) -> None:
        gathered, rows = self._gathered, 0
        if features is not None and gathered.batch is not None:
            rows = len(features)
            if self._at.cached:
                self._work.pixels.append(gathered.batch)
            self._work.features.append(features)
            self._work.thumbnails.append(b"".join(gathered.thumbnails))
        self._work.images.append(np.array(gathered.images, IMAGE))
        self._at = replace(
            self._at,
            images=self._at.images + len(gathered.images),
            rows=self._at.rows + rows,
            decodes=self._at.decodes + rows,
        )
        self._gathered = _Gathered()


def require_unchanged(work: Work, dataset: Dataset, at: Position) -> None:
    """Refuse to go on when a file is no longer the one that was read.

    Raises:
        DLCError: naming the first such file.
    """
    images = work.images.mapped()
    for sample, image in zip(dataset.samples[: at.images], images, strict=True):
        require_same(sample, dataset.stamp(sample), image)
