"""Moderate coreset: the samples whose distance to the class centre is nearest to the median."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.strategies.strategy import Strategy
from dlc_core.selection.strategies.within_class import Members, places, vectors

_BLOCK = 1024  # rows held in float64
_DIGITS = 9  # of a gap, as a share of the largest distance; smaller differences are ties


def gaps_to_median(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return |d_i - median(d)| / max(d) for d_i = ||z_i - mean(z)||_2, (n,), nine digits.

    Of an even number of distances the two middle ones are equally far from the median; without
    rounding, the last bit would choose between them.

    Args:
        values: (n, D) features.
    """
    centre = values.mean(axis=0, dtype=np.float64)  # (D,)
    distances = np.empty(len(values))
    for start in range(0, len(values), _BLOCK):
        away = values[start : start + _BLOCK] - centre  # float64
        distances[start : start + _BLOCK] = np.sqrt(np.einsum("ij,ij->i", away, away))
    largest = float(distances.max()) or 1.0
    gaps: NDArray[np.float64] = np.abs(distances - np.median(distances)) / largest
    return np.round(gaps, _DIGITS)


def moderate_order(samples: Candidates) -> NDArray[np.int64]:
    """Return each sample's place in its class, (N,), 0 = nearest to the median; ties by key.

    The centre and the median are those of the eligible samples of the class.

    Raises:
        DLCError: if there are no features.

    Reference: Xia et al. 2023, Moderate Coreset (ICLR), section 3.
    """

    def ordered(members: Members) -> NDArray[np.int64]:
        return np.argsort(gaps_to_median(vectors(samples, members)), kind="stable")

    return places(samples, ordered)


STRATEGY = Strategy(
    "Moderate",
    "The samples of each class at the median distance from its centre: its paper reports it "
    "robust when images or labels are corrupted, and both typical and rare samples go",
    moderate_order,
    explanation="The most typical and the rarest samples both go, so look at the map of what "
    "remains.",
    needs=("features",),
)
