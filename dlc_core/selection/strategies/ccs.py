"""Coverage-centric selection: without the hardest, evenly from all of the score's range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.draw import draw_order
from dlc_core.selection.parameters import Parameter
from dlc_core.selection.strategies.strategy import Strategy


def score_bins(samples: Candidates, *, cut: float, bins: int) -> NDArray[np.int64]:
    """Return the bin of each sample in its class, (N,) in [0, bins); -1 where cut or excluded.

    floor(cut n_c) samples are cut; the bins are equally wide from the lowest to the highest score
    of the others, the highest in the last bin.
    """
    left = samples.counts - np.floor(cut * samples.counts + 1e-9).astype(np.int64)  # (C,)
    inside = samples.place < left[samples.rows]
    low, high = np.zeros(len(left)), np.zeros(len(left))
    first, last = samples.place == 0, inside & (samples.place == left[samples.rows] - 1)
    low[samples.rows[first]], high[samples.rows[last]] = samples.scores[first], samples.scores[last]
    width = np.where(high > low, high - low, 1.0)
    share = (samples.scores[inside] - low[samples.rows[inside]]) / width[samples.rows[inside]]
    found = np.full(len(samples), -1, dtype=np.int64)
    found[inside] = np.minimum(np.floor(share * bins), bins - 1)
    return found


def ccs_order(samples: Candidates, *, seed: int, cut: float, bins: int) -> NDArray[np.int64]:
    """Return each sample's place in an order whose first k of a class are what CCS draws for k.

    The paper walks through the bins from the smallest to the largest and gives each
    min(its size, floor(what is left of the budget / bins that are left)). That is the same as
    rounds in which every bin that has samples left gives one, the largest bin first (equal sizes:
    the higher bin first). So the subsets for all k are the beginnings of one order. Pins are the
    first of their bin; those cut come last, the easiest of them first.

    Args:
        samples: what to choose from.
        seed: of the draw.
        cut: beta, the share of each class, hardest first, that is cut off.
        bins: how many, of equal width over the scores of a class that are left.

    Reference: Zheng et al. 2023 (ICLR, arXiv 2210.15809), algorithm 1. The paper works on the
    whole set and searches the cut for each pruning rate; here it does not depend on that, and each
    class gets its total.
    """
    held, draw = score_bins(samples, cut=cut, bins=bins), draw_order(samples.named, seed=seed)
    groups = samples.rows * bins + held
    inside = np.flatnonzero(held >= 0)
    sizes = np.bincount(groups[inside], minlength=len(samples.classes) * bins)
    order = inside[np.lexsort((draw[inside], ~samples.pinned[inside], groups[inside]))]
    rounds = 2 * len(samples) + samples.place  # behind all that are drawn
    starts = np.cumsum(sizes) - sizes
    rounds[order] = np.arange(len(order)) - starts[groups[order]]
    turns = np.lexsort((-held, -sizes[groups], rounds))
    found = np.empty(len(samples), dtype=np.int64)
    found[turns] = np.arange(len(samples))
    return found


STRATEGY = Strategy(
    "CCS",
    "Evenly from the whole range of scores, without the hardest of each class (CCS): its paper "
    "reports gains over random when most samples are pruned",
    ccs_order,
    explanation="Coverage-centric selection: the hardest are cut off, the scores of the others "
    "are split into bins of equal width, and every bin gives as many as it can. The cut drops hard "
    "but right samples together with wrong labels.",
    parameters=(
        Parameter(
            "cut",
            "Cut off",
            0.0,
            0.9,
            0.1,
            "Share of each class, hardest first, that is not drawn from (beta) unless the budget "
            "needs it. The paper searches it for each pruning rate.",
            share=True,
        ),
        Parameter(
            "bins",
            "Bins",
            1,
            500,
            50,
            "Into how many bins of equal width the other scores are split. With one it is a plain "
            "draw among what is not cut off.",
            whole=True,
        ),
    ),
    random=True,
)
