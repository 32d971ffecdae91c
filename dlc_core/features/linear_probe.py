"""A linear probe that stands in for fine-tuning: ridge classification on frozen features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

# lambda in units of the mean eigenvalue of the centred Gram matrix; wide enough that neither end is
# chosen but for data without any signal (the upper one) or without any noise (the lower one).
STRENGTHS = np.logspace(-5, 4, 28)
COMPONENTS = 256
LARGEST_FIT = 20_000  # samples that the components are fitted on


@dataclass(frozen=True, eq=False)
class Probe:
    """A fitted probe.

    Attributes:
        weights: (D, C).
        offset: (C,).
        strength: the chosen lambda, in units of the mean eigenvalue; inf = nothing to learn from.
    """

    weights: Matrix
    offset: Matrix
    strength: float

    def predict(self, features: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
        """Return the most probable class of each sample; features are (N, D)."""
        return np.asarray(np.argmax(features @ self.weights + self.offset, axis=1))


def fit_probe(
    features: NDArray[np.floating[Any]],
    rows: NDArray[np.int64],
    classes: int,
    *,
    strengths: NDArray[np.float64] = STRENGTHS,
) -> Probe:
    """Fit a ridge regression on one-hot labels; its strength is the best by leave-one-out.

    With an intercept that is not penalised, the hat matrix is
    H = 1 1'/n + sum_j u_j u_j' s_j / (s_j + lambda) over the eigenvectors of the centred Gram
    matrix *without* its constant null direction, and the error of sample i when it is left out is
    (y_i - (H y)_i) / (1 - H_ii). Counting the null direction among the u_j makes that error vanish
    with lambda, so that far too little regularisation would be chosen; a fixed weak one peaks in
    error near n = D and makes pruning look wonderful.

    Args:
        features: (n, D) of the subset.
        rows: (n,) class of each, in [0, classes).
        classes: C.
        strengths: lambdas to choose from, in units of the mean eigenvalue.

    Returns:
        The probe. One sample, or equal features alone, give the class frequencies as offset.

    Reference: Hastie, Tibshirani, Friedman, Elements of Statistical Learning, section 7.10;
    double descent: Belkin et al., PNAS 2019.
    """
    fit = _Fit.of(features, rows, classes, strengths)
    if not len(fit.values):
        return Probe(np.zeros((fit.x.shape[1], classes)), fit.mean, float("inf"))
    best = fit.best
    shrunk = fit.along / (fit.values + fit.lambdas[best])[:, None]
    weights = fit.x.T @ (fit.left @ shrunk)
    return Probe(weights, fit.mean - fit.centre @ weights, float(strengths[best]))


def left_out_margins(
    features: NDArray[np.floating[Any]], rows: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Return how much the probe, had it not seen a sample, prefers another class, (n,).

    The largest response to another class less that to the given one, by the leave-one-out
    predictions of `fit_probe`; higher = harder, above 0 = it would be mistaken. One class gives 0.

    Args:
        features: (n, D).
        rows: (n,) class of each, in [0, classes).
        classes: C.

    Reference: ours; near to the error norm EL2N of Paul et al. 2021 (arXiv 2107.07075), but of
    samples that are left out, in closed form and on frozen features.
    """
    fit = _Fit.of(features, rows, classes, STRENGTHS)
    predicted = fit.labels + fit.mean
    if len(fit.values):
        predicted = predicted - fit.residuals(fit.best)
    at = np.arange(len(rows))
    own = predicted[at, rows]
    predicted[at, rows] = -np.inf
    return np.zeros(len(rows)) if classes < 2 else predicted.max(axis=1) - own


@dataclass(frozen=True, eq=False)
class _Fit:
    x: Matrix  # (n, D), centred
    labels: Matrix  # (n, C) one-hot, centred
    centre: Matrix  # (D,)
    mean: Matrix  # (C,)
    values: Matrix  # (r,) positive eigenvalues of x x'
    left: Matrix  # (n, r) their eigenvectors
    lambdas: Matrix  # (L,)

    @classmethod
    def of(
        cls, features: NDArray[Any], rows: NDArray[np.int64], classes: int, strengths: Matrix
    ) -> _Fit:
        x = np.asarray(features, dtype=np.float64)
        y = np.zeros((len(x), classes))
        y[np.arange(len(x)), rows] = 1.0
        centre, mean = x.mean(axis=0), y.mean(axis=0)
        x = x - centre
        values, left = _spectrum(x)
        return cls(x, y - mean, centre, mean, values, left, strengths * values.sum() / len(x))

    @cached_property
    def along(self) -> Matrix:
        """(r, C) the labels along the eigenvectors."""
        return self.left.T @ self.labels

    @cached_property
    def best(self) -> int:
        """The place of the lambda with the least mean squared leave-one-out error."""
        errors = [float(np.mean(np.square(self.residuals(k)))) for k in range(len(self.lambdas))]
        return int(np.argmin(errors))

    @cached_property
    def _free(self) -> Matrix:
        """(n, L) 1 - H_ii for each lambda."""
        shrink = self.values[:, None] / (self.values[:, None] + self.lambdas)  # (r, L)
        return np.maximum(1.0 - 1.0 / len(self.x) - np.square(self.left) @ shrink, 1e-10)

    def residuals(self, k: int) -> Matrix:
        """Return the leave-one-out residuals under the k-th lambda, (n, C)."""
        shrink = self.values / (self.values + self.lambdas[k])
        left_in = self.labels - self.left @ (self.along * shrink[:, None])
        return np.asarray(left_in / self._free[:, k : k + 1])


def _spectrum(x: Matrix) -> tuple[Matrix, Matrix]:
    """Return the positive eigenvalues (r,) of x x' and their eigenvectors (n, r); x is centred."""
    wide = x.shape[0] <= x.shape[1]
    values, vectors = np.linalg.eigh(x @ x.T if wide else x.T @ x)
    # Of centred features the constant direction has eigenvalue 0, up to rounding: it falls here.
    real = values > max(values[-1], 0.0) * max(x.shape) * np.finfo(np.float64).eps
    values, vectors = values[real], vectors[:, real]
    return values, vectors if wide else x @ vectors / np.sqrt(values)


def reduction(
    features: NDArray[Any], train: NDArray[np.int64]
) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
    """Return what takes features to their first 256 principal components, fitted on `train`.

    Fewer dimensions are only centred. Above 20,000 training samples the components are those of an
    even choice of them. No label is looked at.
    """
    step = max(1, -(-len(train) // LARGEST_FIT))
    some = np.asarray(features[train[::step]], dtype=np.float32)
    mean = some.mean(axis=0, dtype=np.float64).astype(np.float32)
    if some.shape[1] <= COMPONENTS or len(some) <= COMPONENTS:
        return lambda values: np.asarray(values, dtype=np.float32) - mean
    from sklearn.utils.extmath import randomized_svd

    _, _, axes = randomized_svd(some - mean, COMPONENTS, n_iter=3, random_state=0)

    def transform(values: NDArray[Any]) -> NDArray[np.float32]:
        return np.asarray((np.asarray(values, dtype=np.float32) - mean) @ axes.T, np.float32)

    return transform
