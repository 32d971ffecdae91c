"""A cell: one arm, one keep_ratio, one seed, and which held-out samples it got right."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.evidence.arms import RANDOM, Arm
from dlc_core.evidence.choose_arm import Told, choose
from dlc_core.evidence.learner import Learner
from dlc_core.evidence.material import Part


@dataclass(frozen=True, eq=False)
class Cell:
    """What came of one arm at one keep_ratio and seed.

    Attributes:
        arm: its name.
        keep_ratio: share of the whole run that was kept: floor(keep_ratio N + 0.5) samples.
        seed: of split and draw.
        kept: samples.
        accuracy, macro_f1, worst_class: on the held-out part, in [0, 1]; the worst class's recall.
        right: (m,) whether each held-out sample was right.
        seconds: learning and judging.
        chosen: the fixed arm that an arm of "auto" chose, or "".
        choice_seconds: what choosing took.
        tried: of an arm of "auto": name, gap, its standard error and rounds of each that it tried.
    """

    arm: str
    keep_ratio: float
    seed: int
    kept: int
    accuracy: float
    macro_f1: float
    worst_class: float
    right: NDArray[np.bool_]
    seconds: float
    chosen: str = ""
    choice_seconds: float = 0.0
    tried: tuple[tuple[str, float, float, int], ...] = ()

    @property
    def key(self) -> tuple[str, float, int]:
        """What tells it from all others."""
        return self.arm, self.keep_ratio, self.seed

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        bits = base64.b64encode(np.packbits(self.right).tobytes()).decode()
        return {**self.__dict__, "right": bits, "held": len(self.right), "tried": list(self.tried)}

    @classmethod
    def of(cls, values: dict[str, Any]) -> Cell:
        """Return the cell of what `as_dict` returned; raises KeyError, TypeError or ValueError."""
        values = {key: value for key, value in values.items() if key != "sum"}
        held, bits = int(values.pop("held")), base64.b64decode(values.pop("right"))
        right = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), count=held).astype(np.bool_)
        tried = tuple((str(n), float(g), float(e), int(r)) for n, g, e, r in values.pop("tried"))
        return cls(**values, right=right, tried=tried)


def measure(
    part: Part,
    arm: Arm,
    *,
    keep_ratio: float,
    seed: int,
    learner: Learner,
    told: Told = lambda _done, _total: None,
) -> Cell:
    """Choose, learn, judge: return one cell.

    Args:
        part: the split of the seed.
        arm: fixed, or one that chooses by the training part first.
        keep_ratio: share of the whole run, in (0, 1]; 1 is all of the training part, whatever
            the arm.
        seed: of the draw.
        learner: what learns.
        told: called with (rounds done, rounds) while it chooses.
    """
    fixed, chosen, choosing = arm, "", 0.0
    tried: tuple[tuple[str, float, float, int], ...] = ()
    if arm.choices and keep_ratio < 1:
        choice = choose(part, arm.choices, keep_ratio=keep_ratio, seed=seed, told=told)
        fixed, chosen, choosing = choice.arm, choice.arm.name, choice.seconds
        tried = tuple((one.arm.name, one.gap, one.error, one.rounds) for one in choice.tried)
    elif arm.choices:
        fixed = RANDOM
    began = time.monotonic()
    kept = fixed.positions(part, keep_ratio=keep_ratio, seed=seed)
    said = learner(part, kept, seed=seed) if len(kept) else np.full(len(part.held), -1)
    macro_f1, worst = _by_class(said, part.held_targets, part.whole.classes)
    right = said == part.held_targets
    return Cell(
        arm.name, keep_ratio, seed, len(kept), float(right.mean()) if len(right) else 0.0,
        macro_f1, worst, right, time.monotonic() - began, chosen, choosing, tried,
    )  # fmt: skip


def _by_class(
    said: NDArray[np.int64], targets: NDArray[np.int64], classes: int
) -> tuple[float, float]:
    """Return macro-F1 and the least recall, over the classes that are held out."""
    of_each = np.bincount(targets, minlength=classes)
    hits = np.bincount(targets[said == targets], minlength=classes)
    claims = np.bincount(said[said >= 0], minlength=classes)
    there = of_each > 0
    if not there.any():
        return 0.0, 0.0
    f1 = 2 * hits[there] / (of_each[there] + claims[there])
    return float(f1.mean()), float((hits[there] / of_each[there]).min())
