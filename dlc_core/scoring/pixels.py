"""The pixels for every pass after the first: kept on disk, or decoded once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Preprocess
from dlc_core.datasets import Dataset, Sample
from dlc_core.errors import DLCError
from dlc_core.records.progress import Meter
from dlc_core.row_file import RowFile
from dlc_core.scoring.decoding import Picture, pictures
from dlc_core.scoring.encoder import Batch

BLOCK_BYTES = 256 * 2**20  # of pixels in memory at once, where they are not kept on disk

Read = Callable[[slice], NDArray[np.uint8]]  # rows -> (rows, crop, crop, 3)


class Pixels(Protocol):
    """Where pixels come from, block by block; all masks see one block before the next."""

    @property
    def blocks(self) -> Sequence[slice]:
        """The rows of each block."""

    def load(self, block: slice) -> Read:
        """Make a block ready; return what gives the pixels of some of its rows."""


class KeptPixels:
    """Pixels that the first pass kept on disk: one block, all rows."""

    def __init__(self, file: RowFile, rows: int) -> None:
        """Take the file and the number of rows."""
        self._file = file
        self.blocks: Sequence[slice] = [slice(0, rows)]

    def load(self, block: slice) -> Read:  # noqa: ARG002
        """Return the file's reader."""
        return lambda rows: self._file.read(rows.start, rows.stop)


class DecodedPixels:
    """Pixels that did not fit the disk: blocks that fit the memory, each decoded a second time."""

    def __init__(
        self,
        dataset: Dataset,
        preprocess: Preprocess,
        samples: Sequence[Sample],
        images: NDArray[Any],
        *,
        batch: int,
        meter: Meter,
    ) -> None:
        """Plan the blocks: whole batches, BLOCK_BYTES at most.

        Args:
            dataset, preprocess: what to read, and what the backbone sees of it.
            samples: (N) the readable ones.
            images: (N,) size and time of change of their files when they were read first.
            batch: images of one step.
            meter: told of every image.
        """
        self._dataset, self._preprocess, self._meter = dataset, preprocess, meter
        self._samples, self._images = samples, images
        size = batch * max(1, BLOCK_BYTES // (3 * preprocess.crop**2 * batch))
        self.blocks: Sequence[slice] = [
            slice(start, min(start + size, len(samples))) for start in range(0, len(samples), size)
        ]
        self.decodes = 0

    def load(self, block: slice) -> Read:
        """Decode a block.

        Raises:
            DLCError: if an image cannot be read any more, or its file changed.
        """
        wanted, side = self._samples[block], self._preprocess.crop
        held = np.empty((len(wanted), side, side, 3), np.uint8)
        found = pictures(self._dataset, self._preprocess, wanted, thumbnails=False)
        for place, (sample, picture) in enumerate(zip(wanted, found, strict=True)):
            if not isinstance(picture, Picture):
                raise DLCError(
                    f"{sample.path} could be read before and cannot be read now "
                    f"({picture.reason}); restore it and go on with --resume."
                )
            require_same(sample, picture.stamp, self._images[block.start + place])
            held[place] = picture.pixels
            self.decodes += 1
            self._meter("decoding", block.start + place + 1, len(self._samples))
        return lambda rows: held[rows.start - block.start : rows.stop - block.start]


def require_same(sample: Sample, stamp: tuple[int, int], image: Any) -> None:
    """Refuse a file that is no longer the one that was read.

    Args:
        sample: whose file it is.
        stamp: its size and time of change now.
        image: its row of the work folder's images.bin.

    Raises:
        DLCError: if they differ.
    """
    if stamp != (int(image["bytes"]), int(image["modified"])):
        raise DLCError(
            f"{sample.path} changed since it was read; restore it and go on with --resume, or "
            "score into another directory."
        )


def batches(read: Read, wanted: Iterable[slice], *, ahead: bool) -> Iterator[Batch]:
    """Yield (rows, pixels) for each slice of rows.

    Args:
        read: from `load`.
        wanted: the rows of each batch.
        ahead: whether to read the next batch while this one is computed; pays where the computing
            is done by a GPU.
    """
    if not ahead:
        for rows in wanted:
            yield rows, read(rows)
        return
    with ThreadPoolExecutor(1, "read") as pool:
        waiting = None
        for rows in wanted:
            following = rows, pool.submit(read, rows)
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = following
        if waiting is not None:
            yield waiting[0], waiting[1].result()
