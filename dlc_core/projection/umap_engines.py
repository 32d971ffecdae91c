"""What computes UMAP: cuML on a CUDA device where it is installed, else umap-learn."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dlc_core.compiled_cache import keep_compiled
from dlc_core.projection.exact_neighbours import ExactNeighbours
from dlc_core.projection.settings import ProjectionSettings
from dlc_core.projection.stages import Count


class Mapper(Protocol):
    """Lays samples out, then finds places for more."""

    name: str

    def fit(self, values: NDArray[np.float32], count: Count) -> NDArray[np.float32]:
        """Return places (n, 2) of values (n, d); `count` is told of epochs, if they are known."""
        ...

    def place(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return places (m, 2) of more values (m, d) among the fitted ones."""
        ...


def choose_mapper(settings: ProjectionSettings, neighbours: int) -> Mapper:
    """Return the engine that is there, set up with the settings.

    Args:
        settings: min_distance and seed.
        neighbours: fewer than the samples that will be fitted.
    """
    return (CumlMapper if has_cuml() else UmapLearnMapper)(settings, neighbours)


def has_cuml() -> bool:
    """Whether cuML is installed and there is a CUDA device for it."""
    if importlib.util.find_spec("cuml") is None:
        return False
    import torch

    return torch.cuda.is_available()


class UmapLearnMapper:
    """umap-learn with exact neighbours, on one thread: a seed fixes its layout on one machine."""

    name = "umap-learn"

    def __init__(self, settings: ProjectionSettings, neighbours: int) -> None:
        """Import nothing yet."""
        self._settings, self._neighbours = settings, neighbours
        self._bar = _Bar()
        self._umap: Any = None

    def fit(self, values: NDArray[np.float32], count: Count) -> NDArray[np.float32]:
        """Return places (n, 2) of values (n, d), counting epochs."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numba's and umap's own, at import and in the fit
            from umap import UMAP

            keep_compiled("umap")
            index = ExactNeighbours(values)
            self._umap = UMAP(
                n_neighbors=self._neighbours,
                min_dist=self._settings.min_distance,
                random_state=self._settings.seed,
                transform_seed=self._settings.seed,
                n_jobs=1,
                precomputed_knn=(*index.query(values, self._neighbours), index),
                tqdm_kwds={"disable": False, "file": self._bar, "bar_format": "{n} {total}"},
            )
            self._bar.count = count
            found = self._umap.fit_transform(values)
        self._bar.count = None
        return np.asarray(found, dtype=np.float32)

    def place(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return places (m, 2) of more values (m, d) among the fitted ones."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(self._umap.transform(values), dtype=np.float32)


class _Bar:
    """The file that umap-learn's progress bar writes to: hands its two numbers on."""

    count: Count | None = None

    def write(self, text: str) -> None:
        """Take what the bar shows, such as "\\r120 500"."""
        numbers = text.split()
        if self.count is not None and len(numbers) == 2 and all(map(str.isdigit, numbers)):
            self.count(int(numbers[0]), int(numbers[1]))

    def flush(self) -> None:
        """Nothing waits."""


class CumlMapper:
    """cuML's UMAP; tested with a stand-in only, for there was no GPU with cuML to try it on.

    A seed makes it repeatable on one device; its epochs are not counted.
    """

    name = "cuml"

    def __init__(self, settings: ProjectionSettings, neighbours: int) -> None:
        """Import cuML, which takes a few seconds."""
        self._umap = importlib.import_module("cuml.manifold").UMAP(
            n_neighbors=neighbours,
            min_dist=settings.min_distance,
            random_state=settings.seed,
            output_type="numpy",
        )

    def fit(self, values: NDArray[np.float32], count: Count) -> NDArray[np.float32]:  # noqa: ARG002
        """Return places (n, 2) of values (n, d)."""
        return np.asarray(self._umap.fit_transform(values), dtype=np.float32)

    def place(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return places (m, 2) of more values (m, d) among the fitted ones."""
        return np.asarray(self._umap.transform(values), dtype=np.float32)
