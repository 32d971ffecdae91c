"""A trial: arms x keep_ratios x seeds on one material, cell by cell, the quick answer first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from dlc_core.errors import DLCError
from dlc_core.evidence.arms import RANDOM, Arm, parse_arm
from dlc_core.evidence.available_samples import Room
from dlc_core.evidence.learner import Learner, probe_learner
from dlc_core.evidence.material import Material
from dlc_core.evidence.measurement import Cell, measure
from dlc_core.plurals import counted
from dlc_core.scores import OWN, PROBE
from dlc_core.selection.candidates import check_keep_ratio
from dlc_core.selection.strategies.within_class import one_thread

RATIOS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9)
ARMS = ("random", "flexrand:0.2", "flexrand:0.8", "hardest")
SEEDS = 10
FULL = "full"
_SOON = (0.1, 0.3, 0.05)  # the keep_ratios that say most, first

Key = tuple[str, float, int]
Told = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Trial:
    """What is measured.

    Attributes:
        arms: without random, which is always among them.
        keep_ratios: ascending, below 1; shares of the whole run.
        seeds: how many splits and draws.
        full: whether all of the training part is measured as well.
        left_out: pairs of arm and keep_ratio that are not measured, as a split leaves less.
    """

    arms: tuple[Arm, ...]
    keep_ratios: tuple[float, ...]
    seeds: int
    full: bool = True
    left_out: frozenset[tuple[str, float]] = frozenset()

    @classmethod
    def of(
        cls,
        arms: tuple[str, ...] = ARMS,
        keep_ratios: tuple[float, ...] = RATIOS,
        seeds: int = SEEDS,
        *,
        scores: tuple[str, ...] = (OWN, PROBE),
        full: bool = True,
    ) -> Trial:
        """Check and return it.

        Raises:
            DLCError: if an arm is unknown, a keep_ratio not in (0, 1], or there are no seeds.
        """
        for ratio in keep_ratios:
            check_keep_ratio(ratio)
        if seeds < 2:
            raise DLCError(f"seeds must be at least 2, so that there is an interval, got {seeds}.")
        parsed = dict.fromkeys(parse_arm(text, scores=scores) for text in arms)
        parsed.pop(RANDOM, None)
        if not keep_ratios:
            raise DLCError("no keep_ratio was given; expected one below 1, such as 0.3.")
        below = sorted({ratio for ratio in keep_ratios if ratio < 1})
        if not below:
            raise DLCError("keep_ratio 1 keeps all; expected one below 1 to compare, such as 0.3.")
        return cls(tuple(parsed), tuple(below), seeds, full)

    def within(self, room: Room) -> Trial:
        """Return it without what keeps more samples than the splits leave.

        Raises:
            DLCError: if that leaves nothing.
        """
        arms = (RANDOM, *self.arms)
        left_out = frozenset(
            (arm.name, ratio)
            for arm in arms
            for ratio in self.keep_ratios
            if not room.holds(ratio, chosen=bool(arm.choices))
        )
        if not any(room.holds(ratio) for ratio in self.keep_ratios):
            raise DLCError(
                f"{_percents(self.keep_ratios[:1])} kept are more samples than a split leaves, "
                f"{room.outer:,} of {room.whole:,}; expected a smaller share, or a smaller "
                "held-out part."
            )
        return replace(self, left_out=left_out)

    @property
    def ratios(self) -> tuple[float, ...]:
        """The keep_ratios at which something is measured, ascending."""
        return tuple(r for r in self.keep_ratios if (RANDOM.name, r) not in self.left_out)

    def left_out_words(self, room: Room) -> str:
        """Return what is left out and why, as sentences; "" if nothing is.

        Args:
            room: what `within` was given.
        """
        said = []
        gone = [ratio for ratio in self.keep_ratios if ratio not in self.ratios]
        if gone:
            said.append(
                f"{_percents(gone)} kept {'is' if len(gone) == 1 else 'are'} left out: what is "
                f"not held out is {room.outer:,} of {counted(room.whole, 'sample')}, which is less."
            )
        for arm in self.arms:
            gone = [ratio for ratio in self.ratios if (arm.name, ratio) in self.left_out]
            if gone:
                said.append(
                    f"{arm.name} is left out at {_percents(gone)}: where it chooses, "
                    f"{room.inner:,} of {counted(room.whole, 'sample')} are left."
                )
        return " ".join(said)

    def order(self) -> list[Key]:
        """Return the cells in the order in which they are measured.

        First all arms at one keep_ratio with two seeds, then at the others, then seed by seed.
        """
        first, *rest = sorted(self.ratios, key=lambda ratio: (_place(ratio), ratio))
        early = list(range(min(2, self.seeds)))
        found = [key for seed in early for key in self._at(first, seed) + self._whole(seed)]
        found += [key for seed in early for ratio in rest for key in self._at(ratio, seed)]
        for seed in range(len(early), self.seeds):
            found += [key for ratio in (first, *rest) for key in self._at(ratio, seed)]
            found += self._whole(seed)
        return found

    def _whole(self, seed: int) -> list[Key]:
        return [(FULL, 1.0, seed)] if self.full else []

    def _at(self, ratio: float, seed: int) -> list[Key]:
        names = [arm.name for arm in (RANDOM, *self.arms)]
        return [(name, ratio, seed) for name in names if (name, ratio) not in self.left_out]


def _percents(ratios: Sequence[float]) -> str:
    """Return shares in words: 60 %, 70 % and 90 %."""
    *most, last = [f"{100 * ratio:g} %" for ratio in ratios]
    return f"{', '.join(most)} and {last}" if most else last


def _place(ratio: float) -> int:
    return _SOON.index(ratio) if ratio in _SOON else len(_SOON)


def measured(
    material: Material,
    trial: Trial,
    *,
    done: frozenset[Key] = frozenset(),
    learner: Learner = probe_learner,
    told: Told = lambda _done, _total, _detail: None,
) -> Iterator[Cell]:
    """Yield the cells that are not done yet, in the trial's order.

    Args:
        material: what is measured on.
        trial: what is measured.
        done: keys of the cells that are there already.
        learner: what learns.
        told: called with (cells done, cells, what is done now).
    """
    arms = {arm.name: arm for arm in (RANDOM, *trial.arms)} | {FULL: RANDOM}
    keys = trial.order()
    part = lru_cache(maxsize=2)(material.part)  # the order of the keys stays with one or two
    for number, (name, ratio, seed) in enumerate(keys):
        told(number, len(keys), f"{name}, {100 * ratio:g} % kept, seed {seed}")
        if (name, ratio, seed) in done:
            continue
        with one_thread():  # the matrices are small: threads would wait for each other
            cell = measure(part(seed), arms[name], keep_ratio=ratio, seed=seed, learner=learner)
        yield replace(cell, arm=name)
    told(len(keys), len(keys), "")
