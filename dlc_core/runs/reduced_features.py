"""The first principal components of a run's features, kept in it for map, neighbours and issues."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import write_rows
from dlc_core.features.principal_components import LARGEST_FIT, principal_components
from dlc_core.runs.damage import fault_of
from dlc_core.runs.run import Run
from dlc_core.safe_reading import read_npy

_FILE = "pca.npy"


def reduced_features(run: Run, *, seed: int = 0) -> NDArray[np.float32]:
    """Return the first principal components of a run's features, computing them the first time.

    Above 20,000 samples they are fitted on a random part and transform the rest, part by part.

    Args:
        run: a finished run; hold its lock if the components may not be there yet.
        seed: of the random part.

    Returns:
        (N, d) float32, d <= 50, mapped from `pca.npy`; columns in decreasing variance.

    Raises:
        DLCError: if the features are damaged or not finite.
    """
    stored = stored_components(run, whole=True)
    if stored is not None:
        return stored
    run.require("features.npy")
    features = run.features
    dimensions, transform = principal_components(features, seed=seed)

    def part(start: int, stop: int) -> NDArray[np.float32]:
        return transform(features[start:stop])

    write_rows(
        run.path / _FILE, (len(features), dimensions), np.float32, LARGEST_FIT, part, summed=True
    )
    return read_npy(run.path / _FILE)


def stored_components(run: Run, *, whole: bool = False) -> NDArray[np.float32] | None:
    """Return the components (N, d) if they are in the run already, whole, and fit it, else None.

    Args:
        run: the run.
        whole: whether to compare them with their digest however large they are.
    """
    if fault_of(run.path, _FILE, None, whole=whole):
        return None
    try:
        found: NDArray[np.float32] = read_npy(run.path / _FILE)
    except (OSError, ValueError):
        return None
    fits = found.ndim == 2 and found.dtype == np.float32 and len(found) == len(run.samples)
    return found if fits else None
