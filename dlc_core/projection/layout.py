"""Features to two coordinates per sample, with plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.features.principal_components import LARGEST_FIT, parts, principal_components
from dlc_core.projection.settings import ProjectionSettings
from dlc_core.projection.stages import Stages
from dlc_core.projection.umap_engines import choose_mapper
from dlc_core.records.progress import Report, silent

SMALLEST_FOR_UMAP = 15


@dataclass(frozen=True)
class Layout:
    """A map.

    Attributes:
        coordinates: (N, 2) float32.
        method: "umap", or "pca": also where UMAP was asked for and cannot be.
        engine: "umap-learn", "cuml" or "pca".
        fitted: how many samples it was fitted on; the others were placed among them.
    """

    coordinates: NDArray[np.float32]
    method: str
    engine: str
    fitted: int


def project(
    features: ArrayLike,
    *,
    settings: ProjectionSettings | None = None,
    class_ids: ArrayLike | None = None,
    report: Report = silent,
) -> NDArray[np.float32]:
    """Return two coordinates per sample: UMAP of the features' first principal components.

    Args:
        features: (N, D) pooled features, finite; may be mapped from a file.
        settings: method, neighbours, min_distance, seed; None takes the defaults.
        class_ids: (N,), to fit on a part that is stratified; None = one class.
        report: told how far it is.

    Returns:
        (N, 2) float32.

    Raises:
        DLCError: if the features are not finite or not two-dimensional.

    Reference: McInnes, Healy and Melville 2018 (UMAP).
    """
    values = np.asanyarray(features)
    dimensions, transform = principal_components(values)
    reduced = np.empty((len(values), dimensions), dtype=np.float32)
    for part in parts(len(values)):
        reduced[part] = transform(values[part])
    ids = np.zeros(len(values), np.int64) if class_ids is None else np.asarray(class_ids)
    return lay_out(reduced, ids, settings=settings, report=report).coordinates


def lay_out(
    reduced: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    *,
    settings: ProjectionSettings | None = None,
    report: Report = silent,
) -> Layout:
    """Return the map of principal components.

    UMAP is fitted on a stratified random part of at most 20,000 samples; the rest is placed among
    them, part by part. Below 15 samples, which are too few for its neighbourhoods, and where all
    samples are equal, the map is the first two components.

    Args:
        reduced: (N, d) from `reduced_features`, columns in decreasing variance.
        class_ids: (N,) any integers.
        settings: None takes the defaults.
        report: told how far it is, each stage with its own count and time left.
    """
    settings = settings or ProjectionSettings()
    fitted = stratified_part(class_ids, LARGEST_FIT, seed=settings.seed)
    some = np.asarray(reduced[fitted], dtype=np.float32)  # (n, d)
    if settings.method == "pca" or len(some) < SMALLEST_FOR_UMAP or not np.ptp(some, axis=0).any():
        return Layout(first_two(reduced), "pca", "pca", len(fitted))
    stages = Stages(report)
    stages.begin("finding neighbours")
    mapper = choose_mapper(settings, min(settings.neighbours, len(some) - 1))
    found = np.empty((len(reduced), 2), dtype=np.float32)
    found[fitted] = mapper.fit(some, stages.counted("layout", "epochs"))
    rest = np.setdiff1d(np.arange(len(reduced)), fitted, assume_unique=True)
    slices, count = parts(len(rest)), stages.counted("placing the rest", "parts")
    for number, part in enumerate(slices):
        count(number, len(slices))
        found[rest[part]] = mapper.place(np.asarray(reduced[rest[part]], dtype=np.float32))
    if slices:
        count(len(slices), len(slices))
    return Layout(found, "umap", mapper.name, len(fitted))


def first_two(reduced: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the first two components, (N, 2); a second that is not there is 0."""
    found = np.zeros((len(reduced), 2), dtype=np.float32)
    found[:, : reduced.shape[1]] = reduced[:, :2]
    return found


def stratified_part(class_ids: NDArray[np.int64], most: int, *, seed: int) -> NDArray[np.int64]:
    """Return the sorted rows of a random part of at most `most`, stratified by class.

    Each class of n_c samples out of N gives floor or ceil of most n_c / N of them: the samples,
    shuffled inside their classes, stand in a row class by class, and every (N / most)-th is taken
    (systematic sampling).

    Args:
        class_ids: (N,) any integers.
        most: > 0.
        seed: of the draw.
    """
    count = len(class_ids)
    if count <= most:
        return np.arange(count)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.permutation(count), class_ids))
    places = np.floor((np.arange(most) + rng.random()) * (count / most)).astype(np.int64)
    return np.sort(order[np.minimum(places, count - 1)])
