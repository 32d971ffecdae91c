"""Which masks are computed, in which order, and what each loss counts for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dlc_core.masking.weight_masks import masked_counts

PAPER_MASKS, PAPER_INTERVAL = 50, 0.02
FAST_MASKS = 8


@dataclass(frozen=True)
class Schedule:
    """The masks of one scoring; the score is the mean loss over steps 0..T-1 of a schedule.

    `exact` computes every step. `fast` computes those whose step is a square, first and last
    included, closer together where the backbone still knows the classes, and the trapezoid rule
    stands for the others: the score is an integral over capacity, and between two masks each loss
    is taken to be a straight line. No weight is fitted to any data.

    Attributes:
        counts: (M,) weights that each computed mask zeroes, growing.
        steps: (M,) its place in the schedule of T steps.
        length: T.
        interval: share of the remaining weights that each step masks.

    Reference: arXiv 2402.05356, section 3; its ablation over T finds few masks as good as 50.
    """

    counts: NDArray[np.int64]
    steps: NDArray[np.int64]
    length: int
    interval: float

    def __len__(self) -> int:
        """Return M, the number of masks that are computed."""
        return len(self.counts)

    @cached_property
    def order(self) -> list[int]:
        """The masks in the order in which they are computed: each next one fills the widest gap.

        Mask 0 comes first (the centroids need it), then the last; of equally wide gaps the one of
        higher capacity. So every prefix covers the whole range of capacity.
        """
        chosen: list[int] = []
        gap = np.full(len(self), self.length)  # of each mask to the nearest one chosen; 0 = chosen
        for mask in (0, len(self) - 1):
            if gap[mask]:
                chosen.append(mask)
                gap = np.minimum(gap, np.abs(self.steps - self.steps[mask]))
        while len(chosen) < len(self):
            chosen.append(int(gap.argmax()))
            gap = np.minimum(gap, np.abs(self.steps - self.steps[chosen[-1]]))
        return chosen

    def weights(
        self, done: Collection[int] | None = None, *, until: int | None = None
    ) -> NDArray[np.float64]:
        """Return what each mask's loss counts for in the score, (M,), adding up to 1.

        Args:
            done: the masks computed so far; None = all. The others count nothing, and a straight
                line between their neighbours stands for them (beyond the outermost: its value).
            until: the last step that counts; None = the schedule's.
        """
        known = np.array(sorted(range(len(self)) if done is None else done), dtype=np.int64)
        weights = np.zeros(len(self))
        every = np.arange(self.length if until is None else until + 1)
        for mask in known:
            weights[mask] = np.interp(every, self.steps[known], known == mask).mean()
        return weights


def literal_schedule(weights: int, *, masks: int, interval: float) -> Schedule:
    """Return the paper's schedule: T masks, each of which counts the same.

    Args:
        weights: number of maskable weights.
        masks: T >= 1.
        interval: share of the remaining weights that each step masks.
    """
    counts = masked_counts(weights, masks=masks, interval=interval)
    return Schedule(counts, np.arange(masks), masks, interval)


def fast_schedule(weights: int) -> Schedule:
    """Return the masks of the paper's schedule whose step is a square: 0, 1, 4, 9, …, 49."""
    steps = np.arange(FAST_MASKS) ** 2
    counts = masked_counts(weights, masks=PAPER_MASKS, interval=PAPER_INTERVAL)
    return Schedule(counts[steps], steps, PAPER_MASKS, PAPER_INTERVAL)
