"""The first principal components of features, fitted on a part where there are many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError

COMPONENTS = 50
LARGEST_FIT = 20_000  # samples that the components are fitted on

# Takes features (n, D) to their first d principal components, (n, d) float32.
Transform = Callable[[NDArray[Any]], NDArray[np.float32]]


def principal_components(features: NDArray[Any], *, seed: int = 0) -> tuple[int, Transform]:
    """Return (d, what takes features to their first d principal components).

    d = min(50, D, n - 1), at least 1, with n the samples it is fitted on, at most 20,000. Constant
    features have one component, 0.

    Args:
        features: (N, D), finite; may be mapped from a file.
        seed: of the random part, and of the randomised decomposition of many dimensions.

    Raises:
        DLCError: if they are not finite or not two-dimensional.
    """
    if features.ndim != 2 or not all(np.isfinite(features[p]).all() for p in parts(len(features))):
        raise DLCError(f"expected finite features (N, D), got {features.shape}.")
    fitted = np.arange(len(features))
    if len(features) > LARGEST_FIT:
        fitted = np.sort(np.random.default_rng(seed).permutation(len(features))[:LARGEST_FIT])
    some = np.asarray(features[fitted], dtype=np.float32)  # (n, D)
    if len(some) < 2 or not np.ptp(some, axis=0).any():
        return 1, lambda values: np.zeros((len(values), 1), dtype=np.float32)
    # Centred before, because the covariance of float32 far from 0 loses its small digits.
    mean = some.mean(axis=0, dtype=np.float64).astype(np.float32)
    from sklearn.decomposition import PCA

    dimensions = min(COMPONENTS, some.shape[1], len(some) - 1)
    pca = PCA(dimensions, random_state=seed).fit(some - mean)

    def transform(values: NDArray[Any]) -> NDArray[np.float32]:
        return np.asarray(pca.transform(np.asarray(values, dtype=np.float32) - mean), np.float32)

    return dimensions, transform


def parts(count: int) -> list[slice]:
    """Return slices of at most LARGEST_FIT rows that cover `count` rows."""
    return [slice(start, start + LARGEST_FIT) for start in range(0, count, LARGEST_FIT)]
