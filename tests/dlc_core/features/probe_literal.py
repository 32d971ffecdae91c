"""Leaving one out, literally: fit again without the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.features.linear_probe import fit_probe


def margins_left_out(
    features: NDArray[np.float64],
    rows: NDArray[np.int64],
    classes: int,
    some: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return how much a probe of the chosen strength, fitted without it, prefers another class."""
    unit = np.square(features - features.mean(axis=0)).sum() / len(features)
    weight = fit_probe(features, rows, classes).strength * unit
    labels, found = np.eye(classes)[rows], []
    for i in some.tolist():
        others = np.arange(len(rows)) != i
        x, y = features[others], labels[others]
        centred = x - x.mean(axis=0)
        ridge = centred.T @ centred + weight * np.eye(x.shape[1])
        slopes = np.linalg.solve(ridge, centred.T @ (y - y.mean(axis=0)))
        said = y.mean(axis=0) + (features[i] - x.mean(axis=0)) @ slopes
        own = said[rows[i]]
        said[rows[i]] = -np.inf
        found.append(float(said.max() - own))
    return np.array(found)
