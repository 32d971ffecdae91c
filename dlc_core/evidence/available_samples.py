"""Room: how many samples the splits leave to choose from, and so how much can be kept there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.apportion import budget
from dlc_core.errors import DLCError
from dlc_core.evidence.choose_arm import ROUNDS, SHARE
from dlc_core.evidence.material import Material


@dataclass(frozen=True)
class Room:
    """What the splits leave of a run.

    Attributes:
        whole: eligible samples of the run, of which a keep_ratio is a share.
        outer: of them, how many the training part of every seed has.
        inner: how many of a training part are left where a choice holds out some of it again.
    """

    whole: int
    outer: int
    inner: int

    def holds(self, keep_ratio: float, *, chosen: bool = False) -> bool:
        """Whether floor(keep_ratio N + 0.5) samples can be kept in every split.

        Args:
            keep_ratio: share of the whole run.
            chosen: whether an arm chooses inside the training part first.
        """
        return budget(keep_ratio, self.whole) <= (self.inner if chosen else self.outer)

    @classmethod
    def of(cls, value: Iterable[int]) -> Room:
        """Return it of three numbers, as JSON holds it; raises TypeError or ValueError."""
        whole, outer, inner = (int(number) for number in value)
        return cls(whole, outer, inner)

    def as_list(self) -> list[int]:
        """Return what `of` reads."""
        return [self.whole, self.outer, self.inner]


def room_of(material: Material, seeds: int) -> Room:
    """Return the room of the splits that so many seeds make.

    Args:
        material: what is measured on.
        seeds: how many splits.

    Raises:
        DLCError: if there are no seeds.
    """
    if seeds < 1:
        raise DLCError(f"seeds must be at least 1, got {seeds}.")
    everywhere = np.arange(len(material.rows))
    # Without groups and exclusions all splits are of one size; with a held-out set of its own the
    # outer ones are.
    alike = material.groups is None and not material.excluded.any()
    outer, inner = [], []
    for seed in range(1 if alike else seeds):
        train = everywhere
        if material.held is None:
            train = np.setdiff1d(everywhere, material.held_places(seed), assume_unique=True)
        outer.append(_eligible(material, train))
        for number in range(1 if alike else ROUNDS):
            away = material.held_inside(train, seed * ROUNDS + number, share=SHARE)
            inner.append(_eligible(material, train[~away]))
    return Room(material.eligible, min(outer), min(inner))


def _eligible(material: Material, train: NDArray[np.int64]) -> int:
    return int(np.count_nonzero(~material.excluded[train]))
