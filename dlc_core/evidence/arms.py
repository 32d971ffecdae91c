"""Arms: the ways to choose that are held against random, fixed ones and those that look first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.evidence.material import Part
from dlc_core.scores import OWN, PROBE
from dlc_core.selection.choose import choose
from dlc_core.selection.parameters import AUTO as AUTO
from dlc_core.selection.parameters import (
    SHORTHAND,
    Parameter,
    number_text,
    parsed_settings,
    resolved,
)
from dlc_core.selection.strategies.registry import strategy

Settings = tuple[tuple[str, float | None], ...]


@dataclass(frozen=True)
class Arm:
    """One way to choose.

    Attributes:
        strategy: a name in STRATEGIES, or "auto" to choose among several of them.
        settings: pairs of a parameter of it and its value, in their order; those left out are at
            their defaults. None = to choose it ("auto"). What "auto" can choose is never left out.
        score: by which score it orders; see `dlc_core.scores`.
    """

    strategy: str
    settings: Settings = ()
    score: str = OWN

    @property
    def name(self) -> str:
        """What `parse_arm` reads: strategy[:value][+key=value ...][@score]."""
        return self.strategy + self._said() + ("" if self.score == OWN else f"@{self.score}")

    def _said(self) -> str:
        if not self.settings:
            return ""
        first = strategy(self.strategy).parameters[0]
        texts = [
            (name, AUTO if value is None else number_text(value)) for name, value in self.settings
        ]
        bare = bool(first.tried)  # the split, as it was always written
        return ":" + "+".join(
            text if bare and name == first.name else f"{name}={text}" for name, text in texts
        )

    @property
    def parameters(self) -> dict[str, float]:
        """The values of a fixed arm's settings, by name."""
        return {name: value for name, value in self.settings if value is not None}

    @property
    def first(self) -> float | None:
        """The value of the first setting, such as the split; None if there is none, or "auto"."""
        return self.settings[0][1] if self.settings else None

    @property
    def choices(self) -> tuple[Arm, ...]:
        """The fixed arms that it chooses among besides random; () for a fixed one."""
        if self.strategy == AUTO:
            return (
                *_tried("flexrand"),
                *(arm for score in (OWN, PROBE) for arm in _tried("trimmed", score)),
                *(arm_of("flexrand", {SHORTHAND: gamma}, PROBE) for gamma in (0.1, 0.2, 0.3)),
                Arm("herding"),
            )
        found: list[Settings] = [()]
        for name, value in self.settings:
            values = _parameter(self.strategy, name).tried if value is None else (value,)
            found = [(*before, (name, one)) for before in found for one in values]
        fixed = all(value is not None for _, value in self.settings)
        return () if fixed else tuple(Arm(self.strategy, one, self.score) for one in found)

    def positions(self, part: Part, *, keep_ratio: float, seed: int) -> NDArray[np.int64]:
        """Return what a fixed arm keeps of a part's training samples, sorted positions.

        Args:
            part: the split.
            keep_ratio: share of the whole run, in (0, 1]; 1 is all of the training part.
            seed: of the draw.

        Raises:
            DLCError: if the part has fewer samples than that, or keep_ratio is out of range.
        """
        return choose(
            part.pool(self.score),
            strategy(self.strategy),
            keep_ratio=part.share_of(keep_ratio),
            seed=seed,
            parameters=self.parameters,
        )


RANDOM = Arm("random")


def arm_of(name: str, parameters: Mapping[str, float | None], score: str = OWN) -> Arm:
    """Return the arm of a strategy by name, with parameters; None = to choose it.

    Raises:
        DLCError: if there is no such strategy or parameter, or a value is out of range.
    """
    known = strategy(name).parameters
    defaults = {one.name: one.default for one in known}
    given = {
        key: defaults.get(key, 0) if value is None else value for key, value in parameters.items()
    }
    values: dict[str, float | None] = {**resolved(known, given, owner=name)}
    for one in known:
        if parameters.get(one.name, 0) is None:
            if not one.tried:
                raise DLCError(f"{one.name} of {name} cannot be {AUTO}; expected a number.")
            values[one.name] = None
    said = ((one.name, values[one.name]) for one in known if _is_said(one, values[one.name]))
    return Arm(name, tuple(said), score)


def _is_said(parameter: Parameter, value: float | None) -> bool:
    return bool(parameter.tried) or value != parameter.default


def _tried(name: str, score: str = OWN) -> tuple[Arm, ...]:
    first = strategy(name).parameters[0]
    return tuple(arm_of(name, {first.name: value}, score) for value in first.tried)


def _parameter(name: str, key: str) -> Parameter:
    return next(one for one in strategy(name).parameters if one.name == key)


def recipe_values_of(arm: Arm) -> dict[str, Any]:
    """Return the values of a recipe that a fixed arm stands for."""
    values: dict[str, Any] = {"strategy": arm.strategy}
    others = arm.parameters
    if SHORTHAND in others:
        values[SHORTHAND] = others.pop(SHORTHAND)
    if others:
        values["parameters"] = others
    return values if arm.score == OWN else {**values, "score": arm.score}


def parse_arm(text: str, *, scores: tuple[str, ...] = (OWN, PROBE)) -> Arm:
    """Return the arm of strategy[:settings][@score]: flexrand:0.2, trimmed:auto@probe, auto.

    Settings are key=value, with + between several, as arms are listed with commas: ccs:cut=0.2,
    zcore:draws=5+neighbours=100. A value without a key sets the first parameter.

    Raises:
        DLCError: if there is no such strategy, score or parameter, or a value is out of range.
    """
    words, _, score = text.strip().partition("@")
    name, colon, said = words.partition(":")
    if name == AUTO:
        if colon or score:
            raise DLCError(f"auto chooses split and score itself, got {text!r}; expected auto.")
        return Arm(AUTO)
    chosen = strategy(name)
    if score and score not in scores:
        raise DLCError(f"unknown score {score!r}; expected one of {', '.join(scores)}.")
    if chosen.features and score:
        raise DLCError(f"{name} looks at features, not scores, got {text!r}; leave out @{score}.")
    if colon and not chosen.parameters:
        raise DLCError(f"{name} has no parameters, got {text!r}; expected {name}.")
    settings = parsed_settings(
        chosen.parameters,
        _pieces(said, chosen.parameters[0].name) if colon else (),
        owner=name,
    )
    given = {key: None if isinstance(value, str) else value for key, value in settings.items()}
    return arm_of(name, given, score or OWN)


def _pieces(text: str, first: str) -> list[str]:
    """Return key=value texts; a piece without a key goes on where the one before it ended."""
    found: list[str] = []
    for place, piece in enumerate(text.split("+")):
        if "=" in piece:
            found.append(piece)
        elif place == 0:
            found.append(f"{first}={piece}")
        else:
            found[-1] += f"+{piece}"
    return found
