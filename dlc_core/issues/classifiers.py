"""Linear classifiers with probabilities: logistic regression, and Gaussians around centroids."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REGULARISATION = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)  # scikit-learn's C
SHARPNESS = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015)


@dataclass(frozen=True)
class Linear:
    """Class probabilities softmax(z W + b); weights (d, K), bias (K,)."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        logits = (values @ self.weights + self.bias).astype(np.float64)  # (n, K)
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits


Fit = Callable[[NDArray[np.float32], NDArray[np.int64], float], Linear]


def fit_logistic(values: NDArray[np.float32], labels: NDArray[np.int64], strength: float) -> Linear:
    """Fit multinomial logistic regression; strength is scikit-learn's C.

    Args:
        values: (n, d) features.
        labels: (n,) from 0 to K - 1, each class present.
        strength: the higher, the less regularised.
    """
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # stopped early: less fitted, which is no harm here
        model = LogisticRegression(C=strength, max_iter=200).fit(values, labels)
    weights, bias = model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)
    if len(bias) == 1:  # two classes: the logit of the second
        weights, bias = np.hstack([0 * weights, weights]), np.concatenate([0 * bias, bias])
    return Linear(weights, bias)


def fit_centroids(
    values: NDArray[np.float32], labels: NDArray[np.int64], strength: float
) -> Linear:
    """Fit log p_c = log n_c - strength ||z - mu_c||^2 / (2 s^2) + const; s^2 the mean variance.

    Args: as in fit_logistic; the higher the strength, the sharper.
    """
    sizes = np.bincount(labels)
    order = np.argsort(labels, kind="stable")
    sums = np.add.reduceat(values[order].astype(np.float64), np.cumsum(sizes) - sizes, axis=0)
    centroids = sums / sizes[:, None]  # (K, d)
    variance = float(np.mean((values - centroids[labels]) ** 2))
    stiffness = strength / variance if variance > 0 else strength
    bias = np.log(sizes) - stiffness * (centroids**2).sum(axis=1) / 2
    return Linear((stiffness * centroids.T).astype(np.float32), bias.astype(np.float32))
