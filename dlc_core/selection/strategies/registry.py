"""The registry of strategies: name -> positions from candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.selection.candidates import Candidates
from dlc_core.selection.strategies.baselines import (
    easiest_positions,
    hardest_positions,
    random_positions,
)
from dlc_core.selection.strategies.ccs import ccs_positions
from dlc_core.selection.strategies.dbp import dbp_positions, dbp_turns
from dlc_core.selection.strategies.flexrand import flexrand_positions
from dlc_core.selection.strategies.herding import herding_positions, herding_turns
from dlc_core.selection.strategies.k_center import k_center_positions, k_center_turns
from dlc_core.selection.strategies.moderate import moderate_positions, moderate_turns
from dlc_core.selection.strategies.trimmed import trimmed_positions
from dlc_core.selection.strategies.zcore import zcore_positions, zcore_turns


class Choose(Protocol):
    """Arrays in, sorted positions out."""

    def __call__(
        self, samples: Candidates, *, keep_ratio: float, gamma: float, seed: int
    ) -> NDArray[np.int64]:
        """Return the kept positions, sorted, int64."""


class TakeTurns(Protocol):
    """Arrays in, the order in which each class's samples are taken out."""

    def __call__(self, samples: Candidates, *, keep_ratio: float, seed: int) -> NDArray[np.int64]:
        """Return (N,) turns in the class from 0, at least as far as keep_ratio asks; else -1."""


@dataclass(frozen=True)
class Strategy:
    """A way to choose a subset.

    Attributes:
        description: one honest sentence on what it does and when it helps.
        choose: the function.
        random: whether the seed matters.
        split: whether gamma matters.
        features: whether it looks at the features, so that scores alone do not do.
        nested: whether a smaller keep_ratio keeps a part of what a larger one keeps, for the same
            seed, gamma, pins and exclusions.
        warning: what to say next to it, or "".
        turns: for those that look at features, which takes long: the order behind `choose`, from
            which any smaller budget, however divided, is taken at once.
        all_turns: whether the order has all samples at no more cost, whatever the keep_ratio.
    """

    description: str
    choose: Choose
    random: bool = False
    split: bool = False
    features: bool = False
    nested: bool = False
    warning: str = ""
    turns: TakeTurns | None = None
    all_turns: bool = False


_TOP_K = "Published comparisons find that taking one end of the score loses to plain random."
_OUTLIERS = "It takes outliers and wrong labels first; look for them before."

STRATEGIES: dict[str, Strategy] = {
    "flexrand": Strategy(
        "Random inside an easy and a hard pool of each class (FlexRand)",
        flexrand_positions,
        random=True,
        split=True,
        nested=True,
    ),
    "random": Strategy(
        "Random inside each class: the baseline to beat",
        random_positions,
        random=True,
        nested=True,
    ),
    "hardest": Strategy(
        "The hardest samples of each class; for comparison",
        hardest_positions,
        nested=True,
        warning=_TOP_K,
    ),
    "easiest": Strategy(
        "The easiest samples of each class; for comparison",
        easiest_positions,
        nested=True,
        warning=_TOP_K,
    ),
    "ccs": Strategy(
        "Evenly from the whole range of scores, without the hardest tenth of each class (CCS): its "
        "paper reports gains over random when most samples are pruned",
        ccs_positions,
        random=True,
        nested=True,
    ),
    "trimmed": Strategy(
        "Random among the easiest of each class (the split is their share): the hardest, where "
        "wrong labels gather, stay out",
        trimmed_positions,
        random=True,
        split=True,
        nested=True,
    ),
    "moderate": Strategy(
        "The samples of each class at the median distance from its centre: its paper reports it "
        "robust when images or labels are corrupted, and both typical and rare samples go",
        moderate_positions,
        turns=moderate_turns,
        all_turns=True,
        features=True,
        nested=True,
    ),
    "k-center": Strategy(
        "Each time the sample farthest from those kept, so that none is far from a kept one: meant "
        "for clean data with many near copies",
        k_center_positions,
        turns=k_center_turns,
        features=True,
        nested=True,
        warning=_OUTLIERS,
    ),
    "herding": Strategy(
        "Each time the sample that brings the mean of those kept nearest to the class's mean: "
        "meant for classifiers that rest on class means, blind to all else",
        herding_positions,
        turns=herding_turns,
        features=True,
        nested=True,
    ),
    "zcore": Strategy(
        "Samples that cover random planes of the features and are not redundant there (ZCore): "
        "its paper reports gains over choices that need training, most in small subsets",
        zcore_positions,
        turns=zcore_turns,
        all_turns=True,
        random=True,
        features=True,
        nested=True,
    ),
    "dbp": Strategy(
        "More of the clusters that are wide and far apart, in each the samples farthest from its "
        "centre (DBP): its paper reports gains on web-scale, deduplicated image-text data",
        dbp_positions,
        turns=dbp_turns,
        all_turns=True,
        random=True,
        features=True,
        nested=True,
        warning=_OUTLIERS,
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
