"""The first pass: each sample is read once, kept small, and seen by the unmasked backbone."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from dlc_core.datasets import Dataset
from dlc_core.modalities.registry import modality
from dlc_core.records.progress import Meter
from dlc_core.scoring.prepared_rows import require_same
from dlc_core.scoring.resume_state import Position, Work
from dlc_core.scoring.units import FirstPart, FirstUnit, Units

CHECKPOINT_SECONDS = 2.0


class FirstPass:
    """Has all samples read in order, from the last checkpoint on, and stores what comes of it."""

    def __init__(self, work: Work, dataset: Dataset, units: Units) -> None:
        """Take whoever reads, and the place to write to."""
        self._work, self._dataset, self._units = work, dataset, units

    def run(self, start: Position, meter: Meter) -> Position:
        """Go on from a position to the end; return the complete one.

        Raises:
            DLCError: if the data is gone, or an output is not finite.
        """
        if start.complete:
            return start
        self._at, noted = start, time.monotonic()
        total, unit = len(self._dataset.samples), f"{modality(self._dataset.modality).unit}s"
        meter("decoding", start.looked, total, unit=unit)
        for part in self._units.first(FirstUnit(start.looked, total, start.cached)):
            self._store(part)
            meter("decoding", self._at.looked, total, unit=unit)
            if time.monotonic() - noted > CHECKPOINT_SECONDS:
                self._checkpoint()
                noted = time.monotonic()
        ends = self._work.looked.mapped()["preview"][self._work.readable()]
        self._work.previews.publish(ends)
        self._at = replace(self._at, complete=True)
        self._checkpoint()
        return self._at

    def _checkpoint(self) -> None:
        self._units.sync()
        self._work.checkpoint(self._at)

    def _store(self, part: FirstPart) -> None:
        at, rows = self._at, len(part.outputs)
        for place, fault in part.faults:
            self._work.add_fault(at.looked + place, fault)
        looked = part.columns.copy()
        looked["preview"] = len(self._work.previews) + np.cumsum(looked["preview"])
        self._work.features.append(part.outputs)
        self._work.previews.append(part.previews)
        self._work.looked.append(looked)
        self._at = replace(
            at,
            looked=at.looked + len(looked),
            rows=at.rows + rows,
            decodes=at.decodes + rows,
        )


def require_unchanged(work: Work, dataset: Dataset, at: Position) -> None:
    """Refuse to go on when a file is no longer the one that was read.

    Raises:
        DLCError: naming the first such file.
    """
    looked = work.looked.mapped()
    for sample, before in zip(dataset.samples[: at.looked], looked, strict=True):
        require_same(sample, dataset.stamp(sample), before)
