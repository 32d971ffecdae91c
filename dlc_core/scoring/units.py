"""Units of scoring: what is given to whoever runs them, what comes back, and who that can be.

Only the coordinator locks, writes and publishes a run. A unit is a shard of consecutive samples in
the first pass, or under one mask; all that goes there and comes back are plain values that can be
pickled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset, Fault, Sample
from dlc_core.records.progress import Meter
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.objectives.base import Objective


@dataclass(frozen=True)
class FirstUnit:
    """The first pass over a shard: read each sample, see it by the unmasked backbone.

    Attributes:
        start, stop: the shard, as places in the dataset's samples.
        keep: whether the prepared samples are kept for the masks.
    """

    start: int
    stop: int
    keep: bool


@dataclass(frozen=True)
class FirstPart:
    """What came of the next samples of a first pass.

    Attributes:
        columns: (n,) records: the modality's columns, then `bytes` and `modified` of the file and
            the length of the `preview`; of unreadable samples the columns are 0.
        faults: place among these n, and why it could not be read.
        previews: of the readable ones, one behind the other.
        outputs: (r, D) of the readable ones, in order.
    """

    columns: NDArray[Any]
    faults: tuple[tuple[int, Fault], ...]
    previews: bytes
    outputs: NDArray[np.float32]


@dataclass(frozen=True)
class MaskUnit:
    """A shard under one mask.

    Attributes:
        shard: rows of the readable samples.
        mask: which mask.
        wanted: the batches that are missing, in order.
        rows: (n,) class of each sample of the shard, in [0, C).
        objective: what is computed.
    """

    shard: slice
    mask: int
    wanted: tuple[slice, ...]
    rows: NDArray[np.int64]
    objective: Objective


@dataclass(frozen=True)
class MaskPart:
    """One batch of a shard under a mask.

    Attributes:
        rows: which of the readable samples.
        losses: (n,) float64; None where the objective needs the outputs of all samples.
        predicted: (n,) class told for each, in [0, C).
        outputs: (n, D), where `losses` is None.
    """

    rows: slice
    losses: NDArray[np.float64] | None
    predicted: NDArray[np.int64]
    outputs: NDArray[np.float32] | None


class Units(Protocol):
    """Who runs the units of one scoring."""

    def first(self, unit: FirstUnit) -> Iterator[FirstPart]:
        """Yield the parts of a first pass, in order.

        Raises:
            DLCError: if the data is gone, or an output is not finite.
        """

    def sync(self) -> None:
        """Return once what was kept so far outlives a kill."""

    def kept(self, rows: int) -> bool:
        """Whether so many prepared samples are kept; drops those after them."""

    def shards(
        self, samples: Sequence[Sample], stamps: NDArray[Any], *, kept: bool
    ) -> Sequence[slice]:
        """Return the shards in which the masks go over the readable samples.

        Args:
            samples: (N) the readable ones.
            kept: whether they are kept as prepared; else they are read again.
            stamps: (N,) records with `bytes` and `modified` of their files when they were read.
        """

    def masks(self, unit: MaskUnit) -> Iterator[MaskPart]:
        """Yield the batches of a shard under a mask, in order.

        Raises:
            DLCError: if a sample cannot be read any more, or its file changed.
        """

    @property
    def decodes(self) -> int:
        """Samples decoded so far, in this process."""

    def close(self) -> None:
        """Let go of files and processes."""


class Engine(Protocol):
    """A way to run units: in this process, or elsewhere."""

    def open(
        self,
        dataset: Dataset,
        backbone: Backbone,
        masked: MaskedBackbone,
        *,
        scratch: Path,
        meter: Meter,
    ) -> Units:
        """Make ready to run the units of one scoring.

        Args:
            dataset, backbone: what is scored, and with what.
            masked: the coordinator's own working copy of the backbone.
            scratch: a folder of the scoring for what is needed only until it ends.
            meter: told of what takes long.
        """

    def as_record(self) -> dict[str, Any]:
        """Return it as run.json keeps it: name, workers, machines."""
