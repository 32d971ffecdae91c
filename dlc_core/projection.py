"""The map: two coordinates per sample from its features, stored in the run."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.runs.files import write_parquet
from dlc_core.runs.lock import writing
from dlc_core.runs.progress import Report, Step, save_step, silent

SMALLEST_FOR_UMAP = 15
LARGEST_FIT = 20_000
_NEIGHBOURS = 15
_MIN_DISTANCE = 0.3  # more spread than UMAP's 0.1: colours stay apart
_INPUT_DIMENSIONS = 50


def project(features: ArrayLike, *, seed: int = 0) -> NDArray[np.float32]:
    """Return two coordinates per sample: UMAP of the features' first principal components.

    Below 15 samples it is the PCA itself, which UMAP's neighbourhoods need more samples than.
    Above 20,000, PCA and UMAP are fitted on a random part and transform the rest, part by part.

    Args:
        features: (N, D) pooled features, finite; may be mapped from a file.
        seed: fixes the layout on one machine.

    Returns:
        (N, 2) float32.

    Reference: McInnes, Healy and Melville 2018 (UMAP), 15 neighbours, min_dist 0.3.
    """
    values = np.asanyarray(features)
    if values.ndim != 2 or not all(np.isfinite(values[part]).all() for part in _parts(values)):
        raise DLCError(f"expected finite features (N, D), got {values.shape}.")
    fitted = np.arange(len(values))
    if len(values) > LARGEST_FIT:
        fitted = np.sort(np.random.default_rng(seed).permutation(len(values))[:LARGEST_FIT])
    some = np.asarray(values[fitted], dtype=np.float32)
    if len(some) < SMALLEST_FOR_UMAP or np.ptp(some, axis=0).max() == 0:
        return _first_components(np.asarray(values, dtype=np.float32))
    reduce = _reducer(some, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's and umap's own, at import and in the fit
        from umap import UMAP

        mapper = UMAP(
            n_neighbors=min(_NEIGHBOURS, len(some) - 1),
            min_dist=_MIN_DISTANCE,
            random_state=seed,
            n_jobs=1,
        )
        if len(some) == len(values):
            return np.asarray(mapper.fit_transform(reduce(some)), dtype=np.float32)
        mapper.fit(reduce(some))
        found = np.empty((len(values), 2), dtype=np.float32)
        for part in _parts(values):
            found[part] = mapper.transform(reduce(np.asarray(values[part], dtype=np.float32)))
        return found


def _parts(values: NDArray[np.float32]) -> list[slice]:
    return [slice(start, start + LARGEST_FIT) for start in range(0, len(values), LARGEST_FIT)]


def _reducer(
    some: NDArray[np.float32], seed: int
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Return what takes features to their first principal components, if they have more."""
    if some.shape[1] <= _INPUT_DIMENSIONS:
        return lambda values: values
    from sklearn.decomposition import PCA

    components = min(_INPUT_DIMENSIONS, len(some) - 1)
    pca = PCA(components, random_state=seed).fit(some)
    return lambda values: np.asarray(pca.transform(values), dtype=np.float32)


def _first_components(values: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = values - values.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    two = centred @ axes[:2].T  # (N, 1 or 2)
    return np.pad(two, ((0, 0), (0, 2 - two.shape[1]))).astype(np.float32)


def project_run(run: Run, *, seed: int = 0, report: Report = silent) -> None:
    """Compute the projection of a finished run and store it there, unless it is there already.

    Raises:
        DLCError: if another process is writing the run.
    """
    if (run.path / "projection.parquet").is_file():
        return
    with writing(run.path):
        step = Step("projecting", 0, 0)
        save_step(run.path, step)
        report(step)
        coordinates = project(run.features, seed=seed)
        table = pd.DataFrame(
            {"id": run.samples["id"], "x": coordinates[:, 0], "y": coordinates[:, 1]}
        )
        write_parquet(run.path / "projection.parquet", table)
        report(Step("projecting", 1, 1, unit="map"))
