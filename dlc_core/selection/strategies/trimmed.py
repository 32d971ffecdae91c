"""Random among the easiest of each class: the hardest, where wrong labels gather, are left out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates, check_gamma
from dlc_core.selection.draw import draw_order
from dlc_core.selection.strategies.within_class import first_of


@lru_cache(maxsize=4)  # a slider of the pruning ratio does not change it
def trimmed_order(samples: Candidates, gamma: float, seed: int) -> NDArray[np.int64]:
    """Return each sample's place in an order whose first k of a class are kept for k, (N,).

    The floor(gamma n_c + 1e-9) easiest come first, by the draw; then the others, easiest first.
    """
    inside = np.floor(gamma * samples.counts + 1e-9).astype(np.int64)[samples.rows]
    draw = draw_order(samples.named, seed=seed)
    turns = np.argsort(np.where(samples.place < inside, draw, len(samples) + samples.place))
    order = np.empty(len(samples), dtype=np.int64)
    order[turns] = np.arange(len(samples))
    order.flags.writeable = False
    return order


def trimmed_positions(
    samples: Candidates, *, keep_ratio: float, gamma: float, seed: int
) -> NDArray[np.int64]:
    """Return a uniform draw among the easiest gamma of each class, sorted positions.

    floor(gamma n_c + 1e-9) samples of a class, the easiest, are drawn from; if its total is larger
    than that, the easiest of the others fill it. So gamma = 1 is stratified random and gamma = 0
    the easiest. Pins come first.

    Args:
        samples: what to choose from.
        keep_ratio: share kept, in (0, 1].
        gamma: share of each class that is drawn from, in [0, 1].
        seed: of the draw.

    Raises:
        DLCError: if keep_ratio or gamma is out of its range.

    Reference: ours; the hard cut-off of Zheng et al. 2023 (arXiv 2210.15809) without its strata.
    """
    check_gamma(gamma)
    return first_of(samples, trimmed_order(samples, gamma, seed), keep_ratio=keep_ratio)
