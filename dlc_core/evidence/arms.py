"""Arms: the ways to choose that are held against random, fixed ones and those that look first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.evidence.material import Part
from dlc_core.scores import OWN, PROBE
from dlc_core.selection.candidates import check_gamma
from dlc_core.selection.strategies.registry import strategy

AUTO = "auto"
_GAMMAS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)
_CUTS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Arm:
    """One way to choose.

    Attributes:
        strategy: a name in STRATEGIES, or "auto" to choose among several of them.
        gamma: its split; None where it has none, or to choose it ("auto").
        score: by which score it orders; see `dlc_core.scores`.
    """

    strategy: str
    gamma: float | None = None
    score: str = OWN

    @property
    def name(self) -> str:
        """What `parse_arm` reads: strategy[:gamma][@score]."""
        if self.strategy == AUTO:
            return AUTO
        split = strategy(self.strategy).split
        gamma = (f":{AUTO}" if self.gamma is None else f":{self.gamma:g}") if split else ""
        return f"{self.strategy}{gamma}" + ("" if self.score == OWN else f"@{self.score}")

    @property
    def choices(self) -> tuple[Arm, ...]:
        """The fixed arms that it chooses among besides random; () for a fixed one."""
        if self.strategy == AUTO:
            return (
                *(Arm("flexrand", gamma) for gamma in _GAMMAS),
                *(Arm("trimmed", cut, score) for score in (OWN, PROBE) for cut in _CUTS),
                *(Arm("flexrand", gamma, PROBE) for gamma in (0.1, 0.2, 0.3)),
                Arm("herding"),
            )
        if self.gamma is None and strategy(self.strategy).split:
            values = _CUTS if self.strategy == "trimmed" else _GAMMAS
            return tuple(Arm(self.strategy, gamma, self.score) for gamma in values)
        return ()

    def positions(self, part: Part, *, keep_ratio: float, seed: int) -> NDArray[np.int64]:
        """Return what a fixed arm keeps of a part's training samples, sorted positions.

        Args:
            part: the split.
            keep_ratio: share of the whole run, in (0, 1]; 1 is all of the training part.
            seed: of the draw.

        Raises:
            DLCError: if the part has fewer samples than that, or keep_ratio is out of range.
        """
        return strategy(self.strategy).choose(
            part.pool(self.score),
            keep_ratio=part.share_of(keep_ratio),
            gamma=0.5 if self.gamma is None else self.gamma,
            seed=seed,
        )


RANDOM = Arm("random")


def recipe_values_of(arm: Arm) -> dict[str, Any]:
    """Return the values of a recipe that a fixed arm stands for."""
    values: dict[str, Any] = {"strategy": arm.strategy}
    if arm.gamma is not None:
        values["gamma"] = arm.gamma
    return values if arm.score == OWN else {**values, "score": arm.score}


def parse_arm(text: str, *, scores: tuple[str, ...] = (OWN, PROBE)) -> Arm:
    """Return the arm of strategy[:gamma][@score], such as flexrand:0.2, trimmed:auto@probe, auto.

    Raises:
        DLCError: if there is no such strategy or score, or gamma is out of range or not wanted.
    """
    words, _, score = text.strip().partition("@")
    name, colon, gamma = words.partition(":")
    if name == AUTO:
        if colon or score:
            raise DLCError(f"auto chooses split and score itself, got {text!r}; expected auto.")
        return Arm(AUTO, None)
    chosen = strategy(name)
    if score and score not in scores:
        raise DLCError(f"unknown score {score!r}; expected one of {', '.join(scores)}.")
    if chosen.features and score:
        raise DLCError(f"{name} looks at features, not scores, got {text!r}; leave out @{score}.")
    if colon and not chosen.split:
        raise DLCError(f"{name} has no gamma, got {text!r}; expected {name}.")
    value = 0.5 if chosen.split and not colon else None
    if colon and gamma != AUTO:
        try:
            value = float(gamma)
        except ValueError as error:
            raise DLCError(f"gamma must be a number or auto, got {gamma!r}.") from error
        check_gamma(value)
    return Arm(name, value, score or OWN)
