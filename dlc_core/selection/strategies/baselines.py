"""What FlexRand is compared with: stratified random, and the two ends of the score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.draw import draw_order, smallest_in_groups


def random_positions(
    samples: Candidates,
    *,
    keep_ratio: float,
    gamma: float,  # noqa: ARG001 - every strategy has the same signature
    seed: int,
) -> NDArray[np.int64]:
    """Return a uniform draw inside each class (stratified random), sorted positions."""
    turns = samples.turns(draw_order(samples.named, seed=seed))
    return smallest_in_groups(turns, samples.rows, samples.totals(keep_ratio))


def easiest_positions(
    samples: Candidates,
    *,
    keep_ratio: float,
    gamma: float,  # noqa: ARG001
    seed: int,  # noqa: ARG001
) -> NDArray[np.int64]:
    """Return the samples of lowest score in each class, sorted positions."""
    return smallest_in_groups(
        samples.turns(samples.place), samples.rows, samples.totals(keep_ratio)
    )


def hardest_positions(
    samples: Candidates,
    *,
    keep_ratio: float,
    gamma: float,  # noqa: ARG001
    seed: int,  # noqa: ARG001
) -> NDArray[np.int64]:
    """Return the samples of highest score in each class, sorted positions."""
    return smallest_in_groups(
        samples.turns(-samples.place), samples.rows, samples.totals(keep_ratio)
    )
