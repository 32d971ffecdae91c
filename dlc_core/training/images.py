"""Pixels for training: decoded once and kept where they fit the memory, else decoded again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Preprocess
from dlc_core.datasets import Dataset
from dlc_core.errors import DLCError
from dlc_core.modalities.base import Prepared, Unreadable
from dlc_core.modalities.reading import prepared
from dlc_core.records.progress import Meter

Stop = Callable[[], None]


def nobody() -> None:
    """Nobody asks to stop."""


class TrainingImages:
    """The square middle of each image of a dataset, uint8, all of one side."""

    def __init__(
        self, dataset: Dataset, preprocess: Preprocess, *, memory_bytes: int, meter: Meter
    ) -> None:
        """Decode nothing yet.

        Args:
            dataset: whose samples are asked for by their places in it.
            preprocess: its crop is the side; see `stored`.
            memory_bytes: what the pixels of all samples may take, else none are kept.
            meter: told of decoding.
        """
        self._dataset, self._preprocess, self._meter = dataset, preprocess, meter
        self.side = preprocess.crop
        shape = len(dataset.samples), self.side, self.side, 3
        self.kept = int(np.prod(shape, dtype=np.int64)) <= memory_bytes
        self._pixels = np.empty(shape, np.uint8) if self.kept else None  # pages come when written
        self._there = np.zeros(len(dataset.samples), dtype=np.bool_)

    def batches(
        self, wanted: Sequence[NDArray[np.int64]], *, stop: Stop = nobody
    ) -> Iterator[NDArray[np.uint8]]:
        """Yield the pixels of each batch of places, (b, side, side, 3).

        Args:
            wanted: places in the dataset.
            stop: called for every image that is decoded; raises to stop.

        Raises:
            DLCError: if an image cannot be read any more.
        """
        if self._pixels is None:
            places = np.concatenate([np.empty(0, dtype=np.int64), *wanted])
            found = self._decoded(places, stop)
            for rows in wanted:
                yield np.stack([next(found) for _ in range(len(rows))])
            return
        self._keep(wanted, stop)
        for rows in wanted:
            yield self._pixels[rows]

    def _keep(self, wanted: Sequence[NDArray[np.int64]], stop: Stop) -> None:
        assert self._pixels is not None
        places = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *wanted]))
        missing = places[~self._there[places]]
        for number, (place, pixels) in enumerate(
            zip(missing.tolist(), self._decoded(missing, stop), strict=True)
        ):
            self._pixels[place] = pixels
            self._there[place] = True
            self._meter("decoding", number + 1, len(missing))

    def _decoded(self, places: NDArray[np.int64], stop: Stop) -> Iterator[NDArray[np.uint8]]:
        samples = [self._dataset.samples[place] for place in places.tolist()]
        found = prepared(self._dataset, self._preprocess, samples, previews=False)
        for sample, picture in zip(samples, found, strict=True):
            stop()
            if isinstance(picture, Unreadable):
                raise DLCError(f"{sample.path} cannot be read ({picture.reason}); restore it.")
            assert isinstance(picture, Prepared)
            yield picture.values


def stored(preprocess: Preprocess, side: int) -> Preprocess:
    """Return what keeps enough of an image to take crops of `side` pixels from.

    A square of side * resize / crop pixels: its middle `side` pixels are what the backbone's own
    preprocessing would show at that size.
    """
    whole = max(side, round(side * preprocess.resize / preprocess.crop))
    return Preprocess(
        resize=whole,
        crop=whole,
        mean=preprocess.mean,
        std=preprocess.std,
        interpolation=preprocess.interpolation,
    )
