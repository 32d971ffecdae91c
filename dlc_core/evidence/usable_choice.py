"""What a recipe can make of a choice by evidence."""

from __future__ import annotations

from collections.abc import Sequence

from dlc_core.evidence.arms import RANDOM, Arm
from dlc_core.evidence.choose_arm import Choice, Tried
from dlc_core.scores import OWN, PROBE
from dlc_core.selection import strategy


def score_of(arm: Arm) -> str:
    """Return the name that a recipe has for an arm's score."""
    return OWN if arm.score == OWN or strategy(arm.strategy).features else arm.score


def usable(arm: Arm, scores: Sequence[str]) -> bool:
    """Whether a recipe of a run with these scores can be made of a fixed arm."""
    return arm.score != PROBE or PROBE in scores


def next_best(choice: Choice, scores: Sequence[str]) -> Tried | None:
    """Return what did best of what a recipe can be made of, if it is clearly better than random."""
    able = [one for one in choice.tried if usable(one.arm, scores) and one.cautious > 0]
    return max(able, key=lambda one: one.cautious, default=None)


def tried_of(choice: Choice) -> Tried | None:
    """Return how the chosen arm did; None for random."""
    if choice.arm == RANDOM:
        return None
    return next((one for one in choice.tried if one.arm == choice.arm), None)
