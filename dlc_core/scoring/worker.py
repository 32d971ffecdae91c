"""Running units of scoring in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset, Fault, Sample
from dlc_core.errors import DLCError
from dlc_core.modalities.base import Prepared, Unreadable
from dlc_core.modalities.reading import prepared
from dlc_core.modalities.registry import modality
from dlc_core.records.progress import Meter
from dlc_core.row_file import RowFile
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.prepared_rows import KeptRows, Read, ReadAgain, RowSource, batches
from dlc_core.scoring.resume_state import looked_type
from dlc_core.scoring.units import FirstPart, FirstUnit, MaskPart, MaskUnit


class Worker:
    """Runs units one after the other; what is prepared in the first pass is kept in a file."""

    def __init__(
        self,
        dataset: Dataset,
        backbone: Backbone,
        masked: MaskedBackbone,
        *,
        scratch: Path,
        meter: Meter,
    ) -> None:
        """Open the file of prepared samples.

        Args:
            dataset, backbone: what is scored, and with what.
            masked: the backbone's working copy.
            scratch: where the file is.
            meter: told of every sample that is read a second time.
        """
        self._dataset, self._preprocess, self._masked = dataset, backbone.preprocess, masked
        self._meter, self._looked = meter, looked_type(modality(dataset.modality))
        row = backbone.preprocess.row
        self._file = RowFile(scratch / "prepared.bin", row.shape, row.dtype)
        self._keep, self._read_first = True, 0
        self._rows: RowSource | None = None
        self._ready: tuple[slice, Read] | None = None

    def kept(self, rows: int) -> bool:
        """Whether so many prepared samples are kept; drops those after them."""
        there = len(self._file) >= rows
        self._file.keep(rows if there else 0)
        return there

    def sync(self) -> None:
        """Return once what was kept so far outlives a kill."""
        self._file.sync()

    def first(self, unit: FirstUnit) -> Iterator[FirstPart]:
        """Yield the parts of a first pass, each a batch of readable samples, in order.

        Raises:
            DLCError: if the data is gone, or an output is not finite.
        """
        self._keep = unit.keep
        samples = self._dataset.samples[unit.start : unit.stop]
        gathered: list[Prepared | Unreadable] = []
        whole, readable = self._masked.batch, 0
        self._masked.apply(0)
        found = prepared(self._dataset, self._preprocess, samples, previews=True)
        begin = unit.start
        for one in found:
            gathered.append(one)
            readable += isinstance(one, Prepared)
            if readable == whole:
                yield self._part(begin, gathered)
                begin, gathered, readable = begin + len(gathered), [], 0
        if gathered:
            yield self._part(begin, gathered)

    def _part(self, begin: int, found: Sequence[Prepared | Unreadable]) -> FirstPart:
        good = [one for one in found if isinstance(one, Prepared)]
        looked, faults = np.zeros(len(found), self._looked), []
        for place, one in enumerate(found):
            if isinstance(one, Prepared):
                looked[place] = (*one.columns, *one.stamp, len(one.preview))
            else:
                sample = self._dataset.samples[begin + place]
                label = self._dataset.classes[sample.class_id]
                faults.append((place, Fault(sample.path, label, one.reason)))
                looked["bytes"][place], looked["modified"][place] = one.stamp
        outputs = np.empty((0, self._masked.dimension), np.float32)
        if good:
            # One batch is one step for the backbone: any checkpoint is a whole number of them.
            values = np.stack([one.values for one in good])
            ((_, outputs),) = self._masked.outputs([(slice(0, len(good)), values)])
            if not np.isfinite(outputs).all():
                raise DLCError(
                    "features must be finite; the backbone overflowed or its weights are damaged."
                )
            if self._keep:
                self._file.append(values)
            self._read_first += len(good)
        return FirstPart(looked, tuple(faults), b"".join(one.preview for one in good), outputs)

    def shards(
        self, samples: Sequence[Sample], stamps: NDArray[Any], *, kept: bool
    ) -> Sequence[slice]:
        """Return one shard where all is kept, else as many as fit the memory one by one."""
        if kept:
            self._rows = KeptRows(self._file, len(samples))
        else:
            self._rows = ReadAgain(
                self._dataset,
                self._preprocess,
                samples,
                stamps,
                batch=self._masked.batch,
                meter=self._meter,
            )
        return self._rows.shards

    def masks(self, unit: MaskUnit) -> Iterator[MaskPart]:
        """Yield the batches of a shard under a mask, in order.

        Raises:
            DLCError: if a sample cannot be read any more, or its file changed.
        """
        self._masked.apply(unit.mask)
        values = batches(self._reader(unit.shard), unit.wanted, ahead=self._masked.ahead > 0)
        for rows, outputs in self._masked.outputs(values):
            inside = slice(rows.start - unit.shard.start, rows.stop - unit.shard.start)
            losses, predicted = unit.objective.of_part(outputs, unit.rows[inside])
            yield MaskPart(rows, losses, predicted, outputs if losses is None else None)

    def _reader(self, shard: slice) -> Read:
        """Return what gives a shard's samples; a shard is made ready once for all masks."""
        assert self._rows is not None
        if self._ready is None or self._ready[0] != shard:
            self._ready = None  # the last shard's samples make room
            self._ready = shard, self._rows.load(shard)
        return self._ready[1]

    @property
    def decodes(self) -> int:
        """Samples decoded so far, in this process."""
        return self._read_first + (self._rows.decodes if self._rows else 0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
