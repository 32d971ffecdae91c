"""How suspicious a label is: a classifier, the score and the neighbours, ranked together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMALLEST = 10  # samples; below, nothing is called a label error or an outlier
_CLASSIFIER_WEIGHT = 3  # chosen in docs/issues.md on data that the benchmark does not use


def disagreement(labels: NDArray[np.int64], neighbours: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return (N,) the share of each sample's k neighbours that have another label; 0 if k = 0."""
    if neighbours.shape[1] == 0:
        return np.zeros(len(labels))
    found: NDArray[np.float64] = (labels[neighbours] != labels[:, None]).mean(axis=1)
    return found


def suspicion(
    own_probability: NDArray[np.float32],
    percentile: NDArray[np.float64],
    disagreeing: NDArray[np.float64],
    judged: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Return (N,) scores in [0, 1]; only their order carries meaning, higher = more suspicious.

    s = (3 r(1 - p) + q / 100 + r(u)) / 5, where r is the rank among the judged samples, scaled to
    [0, 1], ties sharing their mean; p the out-of-sample probability of the given label, q the DLC
    percentile within the class and u the share of neighbours with another label. 0 where not
    judged.
    """
    score = np.zeros(len(judged), dtype=np.float32)
    score[judged] = (
        _CLASSIFIER_WEIGHT * _scaled_ranks(1 - own_probability[judged].astype(np.float64))
        + percentile[judged] / 100
        + _scaled_ranks(disagreeing[judged])
    ) / (_CLASSIFIER_WEIGHT + 2)
    return score


def _scaled_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    if len(values) < 2:
        return np.zeros(len(values))
    return np.asarray((rankdata(values) - 1) / (len(values) - 1), dtype=np.float64)
