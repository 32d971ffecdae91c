"""The registry of strategies: name -> positions from candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.selection.baselines import easiest_positions, hardest_positions, random_positions
from dlc_core.selection.flexrand import flexrand_positions
from dlc_core.selection.pool import Candidates


class Choose(Protocol):
    """Arrays in, sorted positions out."""

    def __call__(
        self, samples: Candidates, *, keep_ratio: float, gamma: float, seed: int
    ) -> NDArray[np.int64]:
        """Return the kept positions, sorted, int64."""


@dataclass(frozen=True)
class Strategy:
    """A way to choose a subset.

    Attributes:
        description: one honest sentence.
        choose: the function.
        random: whether the seed matters.
        split: whether gamma matters.
        warning: what to say next to it, or "".
    """

    description: str
    choose: Choose
    random: bool = False
    split: bool = False
    warning: str = ""


_TOP_K = "Published comparisons find that taking one end of the score loses to plain random."

STRATEGIES: dict[str, Strategy] = {
    "flexrand": Strategy(
        "Random inside an easy and a hard pool of each class (FlexRand)",
        flexrand_positions,
        random=True,
        split=True,
    ),
    "random": Strategy(
        "Random inside each class: the baseline to beat", random_positions, random=True
    ),
    "hardest": Strategy(
        "The hardest samples of each class; for comparison", hardest_positions, warning=_TOP_K
    ),
    "easiest": Strategy(
        "The easiest samples of each class; for comparison", easiest_positions, warning=_TOP_K
    ),
}


def strategy(name: str) -> Strategy:
    """Return a strategy by name.

    Raises:
        DLCError: if there is none of this name.
    """
    if name not in STRATEGIES:
        raise DLCError(f"unknown strategy {name!r}; expected one of {', '.join(STRATEGIES)}.")
    return STRATEGIES[name]
