"""All masks after the first: in the order that makes every prefix the best estimate so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import read_json, write_json
from dlc_core.errors import DLCError
from dlc_core.records.progress import Meter
from dlc_core.row_file import RowFile
from dlc_core.scoring.first_pass import CHECKPOINT_SECONDS
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.objectives.base import Objective
from dlc_core.scoring.resume_state import NOT_KNOWN, Work
from dlc_core.scoring.units import MaskPart, MaskUnit, Units


@dataclass
class Sweep:
    """The losses of every sample under every mask, written as they come.

    Attributes:
        work: where they are kept.
        masked: the coordinator's copy of the backbone: its schedule, and which masks are alike.
        units: whoever runs the units.
        shards: the rows of each shard.
        rows: (N,) class of each sample, in [0, C).
        objective: what is computed.
        meter: told of every batch.
        after_mask: called with the masks done so far, whenever one more is done for all samples.
        last_step: the last step that counts in the score; None = the schedule's.
    """

    work: Work
    masked: MaskedBackbone
    units: Units
    shards: Sequence[slice]
    rows: NDArray[np.int64]
    objective: Objective
    meter: Meter
    after_mask: Callable[[set[int]], None]
    last_step: int | None = None

    def run(self) -> set[int]:
        """Compute what is missing; return the masks that are done for all samples.

        All of them, unless someone asked to finish early, or one ends the score.
        """
        schedule, samples = self.masked.schedule, len(self.rows)
        if len(self.shards) > 1 and (self.objective.growing or not self.objective.samplewise):
            raise DLCError("this score needs all samples under one mask before the next.")
        self.losses, self.predicted = self.work.grids(len(schedule), samples)
        self.order = list(range(len(schedule))) if self.objective.growing else schedule.order
        self._take_unmasked(self.work.features.mapped())
        self._passes = self._planned()
        self._first_alike = {int(self.masked.changed[mask]): mask for mask in reversed(self.order)}
        done = self._done_before()
        self.after_mask(done)
        for shard in self.shards:
            for mask in self.order[1:]:
                if not self._one_mask(mask, shard, done):
                    return done
                ended = self._ends(mask)
                if ended or (shard.stop == samples and mask not in done):
                    done.add(mask)
                    self.after_mask(done)
                if ended:
                    return done
        return done

    def weights(self, done: set[int]) -> NDArray[np.float64]:
        """Return what each mask's loss counts for, (M,), when these are done."""
        return self.objective.weights(self.masked.schedule, done, self.last_step)

    def _take_unmasked(self, outputs: NDArray[np.float32]) -> None:
        for part in self.objective.parts(len(self.rows)):
            losses, predicted = self.objective.of_part(outputs[part], self.rows[part])
            self._take(0, MaskPart(part, losses, predicted, None))
        if not self.objective.samplewise:
            self.losses[0] = self.objective.of_all(outputs, self.rows)

    def _done_before(self) -> set[int]:
        """Return the masks that an earlier process did for all samples, and mask 0."""
        done = {0}
        for mask in self.order[1:]:
            if np.isfinite(self.losses[mask]).all():
                done.add(mask)
                if self._ends(mask):
                    break
            elif self.objective.growing:
                break
        return done

    def _ends(self, mask: int) -> bool:
        """Return whether a mask that is done for all samples ends the score."""
        if not self.objective.growing or not self.objective.ends(self.predicted[mask], self.rows):
            return False
        self.last_step = int(self.masked.schedule.steps[mask - 1])
        return True

    def _planned(self) -> tuple[int, int]:
        """Return how many forward passes are done and how many there will be."""
        real = real_masks(self.masked)
        there = sum(int(np.isfinite(self.losses[mask]).sum()) for mask in real)
        return there, len(self.rows) * len(real)

    def _one_mask(self, mask: int, shard: slice, done: set[int]) -> bool:
        """Put one shard under one mask; return False if asked to finish."""
        wanted = [part for part in self._grid(shard) if self._lacks(mask, part)]
        if not wanted:
            return True
        if (twin := self._twin(mask)) is not None:
            self._copy(twin, mask, shard)
            return True
        if not self.objective.samplewise:
            return self._gathered(mask, shard, done)
        for part in self.units.masks(self._unit(mask, shard, wanted)):
            self._take(mask, part)
            if self._scored(len(part.predicted), len(done)):
                return False
        return True

    def _unit(self, mask: int, shard: slice, wanted: Sequence[slice]) -> MaskUnit:
        return MaskUnit(shard, mask, tuple(wanted), self.rows[shard], self.objective)

    def _gathered(self, mask: int, shard: slice, done: set[int]) -> bool:
        """Gather a mask's outputs, then compute the losses; return False if asked to finish.

        What is gathered is kept on disk until the mask is done.
        """
        state = self.work.folder / "masked.json"
        shape = (self.masked.dimension,)
        with closing(RowFile(self.work.folder / "masked.bin", shape, np.float32)) as file:
            file.keep(_noted_rows(state, mask, len(file)))
            wanted = [part for part in self._grid(shard) if part.start >= len(file)]
            noted = time.monotonic()
            for part in self.units.masks(self._unit(mask, shard, wanted)):
                assert part.outputs is not None
                file.append(part.outputs)
                self._take(mask, part)
                if time.monotonic() - noted > CHECKPOINT_SECONDS:
                    file.sync()
                    write_json(state, {"mask": mask, "rows": len(file)})
                    noted = time.monotonic()
                if self._scored(len(part.predicted), len(done)):
                    return False
            self.losses[mask] = self.objective.of_all(file.mapped(), self.rows)
            file.keep(0)
            return True

    def _grid(self, shard: slice) -> list[slice]:
        """Return the batches of a shard; they never move, so that every result can be repeated."""
        size = self.masked.batch
        starts = range(shard.start, shard.stop, size)
        return [slice(start, min(start + size, shard.stop)) for start in starts]

    def _lacks(self, mask: int, part: slice) -> bool:
        return not bool(np.isfinite(self.losses[mask, part]).all())

    def _copy(self, twin: int, mask: int, shard: slice) -> None:
        self.predicted[mask, shard] = self.predicted[twin, shard]
        self.losses[mask, shard] = self.losses[twin, shard]

    def _twin(self, mask: int) -> int | None:
        """Return a mask before this one in the order that leaves the same weights, if any."""
        twin = self._first_alike[int(self.masked.changed[mask])]
        return None if twin == mask else twin

    def _take(self, mask: int, part: MaskPart) -> None:
        # The losses last: they say that the batch is done.
        self.predicted[mask, part.rows] = np.minimum(part.predicted, int(NOT_KNOWN))
        if part.losses is not None:
            self.losses[mask, part.rows] = part.losses

    def _scored(self, samples: int, done: int) -> bool:
        passed, total = self._passes
        self._passes = passed + samples, total
        masks = len(self.masked.schedule)
        self.meter(
            "scoring",
            passed + samples,
            total,
            unit="forward passes",
            detail=f"mask {min(done + 1, masks)} of {masks}",
        )
        return self.work.finish_asked


def real_masks(masked: MaskedBackbone) -> list[int]:
    """Return the masks after the first that leave other weights than the one before them."""
    changed = masked.changed
    return [mask for mask in range(1, len(changed)) if changed[mask] != changed[mask - 1]]


def _noted_rows(state: Path, mask: int, rows: int) -> int:
    """Return how many rows of the gathered outputs are known to be on disk for this mask."""
    value = read_json(state) or {}
    noted = value.get("rows") if value.get("mask") == mask else 0
    return noted if isinstance(noted, int) and 0 <= noted <= rows else 0
