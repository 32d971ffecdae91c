"""The map: two coordinates per sample from its features, stored in the run."""

from __future__ import annotations

import warnings

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
    Above 20,000, UMAP is fitted on a random part and transforms the rest.

    Args:
        features: (N, D) pooled features, finite.
        seed: fixes the layout on one machine.

    Returns:
        (N, 2) float32.

    Reference: McInnes, Healy and Melville 2018 (UMAP), 15 neighbours, min_dist 0.3.
    """
    from sklearn.decomposition import PCA

    values = np.asarray(features, dtype=np.float32)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise DLCError(f"expected finite features (N, D), got {values.shape}.")
    if len(values) < SMALLEST_FOR_UMAP or np.ptp(values, axis=0).max() == 0:
        return _first_components(values)
    if values.shape[1] > _INPUT_DIMENSIONS:
        components = min(_INPUT_DIMENSIONS, len(values) - 1)
        values = PCA(components, random_state=seed).fit_transform(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's and umap's own, at import and in the fit
        from umap import UMAP

        mapper = UMAP(
            n_neighbors=min(_NEIGHBOURS, len(values) - 1),
            min_dist=_MIN_DISTANCE,
            random_state=seed,
            n_jobs=1,
        )
        if len(values) <= LARGEST_FIT:
            return np.asarray(mapper.fit_transform(values), dtype=np.float32)
        fitted = np.random.default_rng(seed).permutation(len(values))[:LARGEST_FIT]
        mapper.fit(values[np.sort(fitted)])
        return np.asarray(mapper.transform(values), dtype=np.float32)


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
