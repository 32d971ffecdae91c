"""Prepared samples for every pass after the first: kept on disk, or read once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dlc_core.datasets import Dataset, Sample
from dlc_core.errors import DLCError
from dlc_core.modalities.base import Prepared, Preprocessing
from dlc_core.modalities.reading import prepared
from dlc_core.modalities.registry import modality
from dlc_core.records.progress import Meter
from dlc_core.row_file import RowFile
from dlc_core.scoring.masked_backbone import Batch

BLOCK_BYTES = 256 * 2**20  # of samples in memory at once, where they are not kept on disk

Read = Callable[[slice], NDArray[Any]]  # rows -> their prepared values


class RowSource(Protocol):
    """Where prepared samples come from, shard by shard; all masks see one before the next."""

    decodes: int  # samples decoded for it

    @property
    def shards(self) -> Sequence[slice]:
        """The rows of each shard."""

    def load(self, shard: slice) -> Read:
        """Make a shard ready; return what gives some of its rows."""


class KeptRows:
    """Samples that the first pass kept on disk: one shard, all rows."""

    decodes = 0

    def __init__(self, file: RowFile, rows: int) -> None:
        """Take the file and the number of rows."""
        self._file = file
        self.shards: Sequence[slice] = [slice(0, rows)]

    def load(self, shard: slice) -> Read:  # noqa: ARG002
        """Return the file's reader."""
        return lambda rows: self._file.read(rows.start, rows.stop)


class ReadAgain:
    """Samples that did not fit the disk: shards that fit the memory, each read a second time."""

    def __init__(
        self,
        dataset: Dataset,
        preprocess: Preprocessing,
        samples: Sequence[Sample],
        stamps: NDArray[Any],
        *,
        batch: int,
        meter: Meter,
    ) -> None:
        """Plan the shards: whole batches, BLOCK_BYTES at most.

        Args:
            dataset, preprocess: what to read, and what the backbone sees of it.
            samples: (N) the readable ones.
            stamps: (N,) size and time of change of their files when they were read first.
            batch: samples of one step.
            meter: told of every sample.
        """
        self._dataset, self._preprocess, self._meter = dataset, preprocess, meter
        self._samples, self._stamps = samples, stamps
        size = batch * max(1, BLOCK_BYTES // (preprocess.row.size * batch))
        self.shards: Sequence[slice] = [
            slice(start, min(start + size, len(samples))) for start in range(0, len(samples), size)
        ]
        self.decodes, self._unit = 0, f"{modality(dataset.modality).unit}s"

    def load(self, shard: slice) -> Read:
        """Read a shard.

        Raises:
            DLCError: if a sample cannot be read any more, or its file changed.
        """
        wanted, row = self._samples[shard], self._preprocess.row
        held = np.empty((len(wanted), *row.shape), row.dtype)
        found = prepared(self._dataset, self._preprocess, wanted, previews=False)
        for place, (sample, one) in enumerate(zip(wanted, found, strict=True)):
            if not isinstance(one, Prepared):
                raise DLCError(
                    f"{sample.path} could be read before and cannot be read now "
                    f"({one.reason}); restore it and go on with --resume."
                )
            require_same(sample, one.stamp, self._stamps[shard.start + place])
            held[place] = one.values
            self.decodes += 1
            self._meter("decoding", shard.start + place + 1, len(self._samples), unit=self._unit)
        return lambda rows: held[rows.start - shard.start : rows.stop - shard.start]


def require_same(sample: Sample, stamp: tuple[int, int], before: Any) -> None:
    """Refuse a file that is no longer the one that was read.

    Args:
        sample: whose file it is.
        stamp: its size and time of change now.
        before: its record of the first pass.

    Raises:
        DLCError: if they differ.
    """
    if stamp != (int(before["bytes"]), int(before["modified"])):
        raise DLCError(
            f"{sample.path} changed since it was read; restore it and go on with --resume, or "
            "score into another directory."
        )


def batches(read: Read, wanted: Iterable[slice], *, ahead: bool) -> Iterator[Batch]:
    """Yield (rows, prepared values) for each slice of rows.

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
