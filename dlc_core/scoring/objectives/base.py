"""An objective: what is computed from a backbone's outputs under a mask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from dlc_core.masking.schedule import Schedule


@dataclass(frozen=True)
class Known:
    """What a scoring knows when an objective is asked to say what it found.

    Attributes:
        backbone: its name.
        class_names: of the C classes with a readable sample.
        rows: (N,) class of each sample, in [0, C).
        outputs: (N, D) of the unmasked backbone; may be mapped from a file.
        predicted: (M, N) class told for each sample under each mask.
        done: the masks that are done for all samples.
        steps, length: each mask's place in the schedule of so many steps.
        capacity: (M,) share of the weights that each mask leaves.
    """

    backbone: str
    class_names: Sequence[str]
    rows: NDArray[np.int64]
    outputs: NDArray[np.float32]
    predicted: NDArray[np.uint16]
    done: set[int]
    steps: NDArray[np.int64]
    length: int
    capacity: NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """What an objective found.

    Attributes:
        record: for run.json.
        masking: for its part "masking".
        cautions: code -> text, "" for those that do not hold.
    """

    record: Mapping[str, Any] = field(default_factory=dict)
    masking: Mapping[str, Any] = field(default_factory=dict)
    cautions: Mapping[str, str] = field(default_factory=dict)


class Objective(Protocol):
    """An objective at work on one scoring; it travels to whoever runs a unit, so it can be pickled.

    Attributes:
        samplewise: whether the loss of a sample rests on its own outputs alone; else the outputs of
            all samples under a mask are gathered first.
        growing: whether masks are computed in growing order, up to the first that `ends` it.
    """

    samplewise: ClassVar[bool]
    growing: ClassVar[bool]

    def parts(self, samples: int) -> list[slice]:
        """Return parts of so many samples, each small enough for one call of `of_part`."""

    def of_part(
        self, outputs: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64] | None, NDArray[np.int64]]:
        """Return the losses of some samples, None if not samplewise, and the class told for each.

        Args:
            outputs: (n, D) under one mask.
            rows: (n,) class of each.
        """

    def of_all(self, outputs: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the losses of all samples under one mask, (N,); for those not samplewise."""

    def ends(self, predicted: NDArray[np.uint16], rows: NDArray[np.int64]) -> bool:
        """Return whether a mask with these predictions ends the score, itself left out."""

    def weights(
        self, schedule: Schedule, done: set[int], last_step: int | None
    ) -> NDArray[np.float64]:
        """Return what each mask's loss counts for, (M,), when these are done.

        Args:
            schedule: all masks.
            done: the masks that are done for all samples.
            last_step: the step of the last mask before the one that ended it; None = none did.
        """

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return what the run keeps of it, by file name."""

    def unmasked(self, known: Known) -> Found:
        """Return what the outputs without a mask tell; asked once."""

    def masked(self, known: Known) -> Found:
        """Return what the masks done so far tell; asked whenever there are more."""


@dataclass(frozen=True)
class ObjectiveKind:
    """An objective in the registry.

    Attributes:
        title: a few words.
        description: in one line, what the score is.
        classes: how many classes with a readable sample it needs at least.
        begin: begin(outputs (N, D) of the unmasked backbone, rows (N,) in [0, C)) -> Objective.
        kept: whether the prepared samples must be kept on disk, because each mask needs them all
            before the next.
        again: again(centroids (C, D) that the run keeps) -> Objective, by which samples that come
            later are scored; None = all have to be scored anew.
    """

    title: str
    description: str
    classes: int
    begin: Callable[[NDArray[np.float32], NDArray[np.int64]], Objective]
    kept: bool = False
    again: Callable[[NDArray[np.float64]], Objective] | None = None
