"""Random among the easiest of each class: the hardest, where wrong labels gather, are left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.draw import draw_order
from dlc_core.selection.parameters import Parameter
from dlc_core.selection.strategies.strategy import Strategy


def trimmed_order(samples: Candidates, *, seed: int, gamma: float) -> NDArray[np.int64]:
    """Return each sample's place in an order whose first k of a class are kept for k, (N,).

    The floor(gamma n_c + 1e-9) easiest come first, by the draw; then the others, easiest first. So
    gamma = 1 is stratified random and gamma = 0 the easiest.

    Args:
        samples: what to choose from.
        seed: of the draw.
        gamma: share of each class that is drawn from, in [0, 1].

    Reference: ours; the hard cut-off of Zheng et al. 2023 (arXiv 2210.15809) without its strata.
    """
    inside = np.floor(gamma * samples.counts + 1e-9).astype(np.int64)[samples.rows]
    draw = draw_order(samples.named, seed=seed)
    turns = np.argsort(np.where(samples.place < inside, draw, len(samples) + samples.place))
    order = np.empty(len(samples), dtype=np.int64)
    order[turns] = np.arange(len(samples))
    return order


STRATEGY = Strategy(
    "Trimmed",
    "Random among the easiest of each class (the split is their share): the hardest, where wrong "
    "labels gather, stay out",
    trimmed_order,
    explanation="With many wrong labels it leaves most of them out, which FlexRand cannot: half of "
    "its picks come from a pool that holds them. On clean data a small share loses what is rare.",
    parameters=(
        Parameter(
            "gamma",
            "Easiest that are drawn from",
            0.0,
            1.0,
            0.5,
            "Share of each class, easiest first, that is drawn from (gamma); a larger budget takes "
            "the easiest of the others as well. 100 % is plain random, 0 % the easiest.",
            share=True,
            tried=(0.3, 0.5, 0.6, 0.7, 0.8, 0.9),
            said=lambda value: f"easiest {100 * value:g} %",
            chosen="share chosen",
        ),
    ),
    random=True,
)
