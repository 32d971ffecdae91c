"""Coverage-centric selection: without the hardest, evenly from all of the score's range."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.draw import draw_order
from dlc_core.selection.strategies.within_class import first_of

CUT = 0.1  # beta: the share of each class, hardest first, that is cut off
BINS = 50  # of equal width over the scores of a class that are left


def score_bins(samples: Candidates) -> NDArray[np.int64]:
    """Return the bin of each sample in its class, (N,) in [0, BINS); -1 where cut or excluded.

    floor(CUT n_c) samples are cut; the bins are equally wide from the lowest to the highest score
    of the others, the highest in the last bin.
    """
    left = samples.counts - np.floor(CUT * samples.counts + 1e-9).astype(np.int64)  # (C,)
    inside = samples.place < left[samples.rows]
    low, high = np.zeros(len(left)), np.zeros(len(left))
    first, last = samples.place == 0, inside & (samples.place == left[samples.rows] - 1)
    low[samples.rows[first]], high[samples.rows[last]] = samples.scores[first], samples.scores[last]
    width = np.where(high > low, high - low, 1.0)
    share = (samples.scores[inside] - low[samples.rows[inside]]) / width[samples.rows[inside]]
    bins = np.full(len(samples), -1, dtype=np.int64)
    bins[inside] = np.minimum(np.floor(share * BINS), BINS - 1)
    return bins


@lru_cache(maxsize=4)  # a slider of the pruning ratio does not change it
def ccs_order(samples: Candidates, seed: int) -> NDArray[np.int64]:
    """Return each sample's place in an order whose first k of a class are what CCS draws for k.

    The paper walks through the bins from the smallest to the largest and gives each
    min(its size, floor(what is left of the budget / bins that are left)). That is the same as
    rounds in which every bin that has samples left gives one, the largest bin first (equal sizes:
    the higher bin first). So the subsets for all k are the beginnings of one order. Pins are the
    first of their bin; those cut come last, the easiest of them first.
    """
    bins, draw = score_bins(samples), draw_order(samples.named, seed=seed)
    groups = samples.rows * BINS + bins
    inside = np.flatnonzero(bins >= 0)
    sizes = np.bincount(groups[inside], minlength=len(samples.classes) * BINS)
    order = inside[np.lexsort((draw[inside], ~samples.pinned[inside], groups[inside]))]
    rounds = 2 * len(samples) + samples.place  # behind all that are drawn
    starts = np.cumsum(sizes) - sizes
    rounds[order] = np.arange(len(order)) - starts[groups[order]]
    turns = np.lexsort((-bins, -sizes[groups], rounds))
    found = np.empty(len(samples), dtype=np.int64)
    found[turns] = np.arange(len(samples))
    found.flags.writeable = False
    return found


def ccs_positions(
    samples: Candidates,
    *,
    keep_ratio: float,
    gamma: float,  # noqa: ARG001 - every strategy has the same signature
    seed: int,
) -> NDArray[np.int64]:
    """Return what coverage-centric selection draws of each class, sorted positions.

    The cut is 10 % of each class whatever the keep_ratio; if the budget is larger than what is
    left, the easiest of the cut fill it.

    Reference: Zheng et al. 2023 (ICLR, arXiv 2210.15809), algorithm 1. The paper works on the
    whole set and searches the cut for each pruning rate; here it is fixed, and each class gets its
    total.
    """
    return first_of(samples, ccs_order(samples, seed), keep_ratio=keep_ratio)
