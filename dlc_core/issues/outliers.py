"""Samples far from all others, samples between two classes, and how central a sample is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.issues.cross_validation import HeldOut
from dlc_core.issues.label_errors import SMALLEST

_FENCE = 1.5  # interquartile ranges: Tukey's inner fence; his outer one (3) finds nearly nothing
_SMALLEST_SUM, _LARGEST_MARGIN = 0.8, 0.2


def outlier_scores(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (N,) the mean distance to the k nearest neighbours; 0 if k = 0.

    Reference: Angiulli and Pizzuti 2002, who add the distances up.
    """
    if distances.shape[1] == 0:
        return np.zeros(len(distances), dtype=np.float32)
    return np.asarray(distances.mean(axis=1, dtype=np.float64), dtype=np.float32)


def outside(scores: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (N,) whether log(score) > Q3 + 1.5 (Q3 - Q1), Tukey's inner fence on the logarithm.

    None below 10 samples, or where the quartiles are equal (constant features): there is no spread
    to measure by.

    Reference: Tukey 1977, Exploratory Data Analysis, section 2D.
    """
    if len(scores) < SMALLEST:
        return np.zeros(len(scores), dtype=np.bool_)
    logs = np.log(np.maximum(scores.astype(np.float64), 1e-12))
    low, high = np.quantile(logs, (0.25, 0.75))
    if high - low <= 1e-6:
        return np.zeros(len(scores), dtype=np.bool_)
    return np.asarray(logs > high + _FENCE * (high - low))


def ambiguous(held_out: HeldOut, labels: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return (N,) the other class of a sample that lies between two classes, else -1.

    The two most probable classes hold 0.8 of the out-of-sample probability or more, are at most 0.2
    apart, and the given class is one of them.

    Args:
        held_out: probabilities.
        labels: (N,) given class_id.
    """
    first, second = held_out.first_probability, held_out.second_probability
    own_first, own_second = held_out.first == labels, held_out.second == labels
    with np.errstate(invalid="ignore"):
        close = (first + second >= _SMALLEST_SUM) & (first - second <= _LARGEST_MARGIN)
    between = held_out.judged & close & (own_first | own_second)
    return np.where(between, np.where(own_first, held_out.second, held_out.first), -1).astype(
        np.int32
    )


def centrality(values: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return (N,) percentile of closeness to the class's centroid; 100 = most central.

    100 (n - r) / (n - 1), r = 1 for the closest of the n samples of a class, ties by place; 50
    for a class of one.
    """
    order = np.argsort(labels, kind="stable")
    found = np.empty(len(labels), dtype=np.float32)
    for rows in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        own = values[rows].astype(np.float64)
        distances = np.linalg.norm(own - own.mean(axis=0), axis=1)
        ranks = np.empty(len(rows))
        ranks[np.argsort(distances, kind="stable")] = np.arange(len(rows))
        found[rows] = 100 * (1 - ranks / (len(rows) - 1)) if len(rows) > 1 else 50
    return found
