"""What FlexRand is compared with: stratified random, and the two ends of the score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.draw import draw_order
from dlc_core.selection.strategies.strategy import Strategy

_TOP_K = "Published comparisons find that taking one end of the score loses to plain random."


def random_order(samples: Candidates, *, seed: int) -> NDArray[np.int64]:
    """Return the order of a uniform draw inside each class (stratified random), (N,)."""
    return draw_order(samples.named, seed=seed)


def easiest_order(samples: Candidates) -> NDArray[np.int64]:
    """Return each sample's place in its class, (N,), the lowest score first."""
    return samples.place


def hardest_order(samples: Candidates) -> NDArray[np.int64]:
    """Return an order of the samples, (N,), the highest score of each class first."""
    return -samples.place


RANDOM = Strategy(
    "Random",
    "Random inside each class: the baseline to beat",
    random_order,
    explanation="Every sample of a class has the same chance. Whatever is not clearly better than "
    "this is not worth its trouble: `dlc evidence` holds all others against it.",
    random=True,
)
HARDEST = Strategy(
    "Hardest first",
    "The hardest samples of each class; for comparison",
    hardest_order,
    explanation="Wrong labels and junk score hard, so they come first.",
    warning=_TOP_K,
)
EASIEST = Strategy(
    "Easiest first",
    "The easiest samples of each class; for comparison",
    easiest_order,
    explanation="What is kept is typical and alike; rare kinds of each class go.",
    warning=_TOP_K,
)
