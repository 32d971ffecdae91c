"""What a scoring shows its readers: after every mask the best estimate, in the end the score."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.atomic_files import write_parquet, write_rows
from dlc_core.datasets import Dataset, Fault, Sample
from dlc_core.ranking import key_places
from dlc_core.runs.run import FAULT_COLUMNS
from dlc_core.scoring.resume_state import NOT_KNOWN
from dlc_core.scoring.samples_table import known_columns, with_scores

_LARGEST_FLOAT16 = 65504.0
_COLUMNS = 65_536  # samples at a time
_ROWS = 4096


def write_faults(folder: Path, dataset: Dataset, faults: Sequence[Fault]) -> int:
    """Write faults.parquet, sorted by path; return how many there are."""
    found = sorted([*dataset.faults, *faults])
    table = pd.DataFrame(found, columns=FAULT_COLUMNS, dtype="str")
    write_parquet(folder / "faults.parquet", table)
    return len(found)


def write_features(folder: Path, features: NDArray[np.float32]) -> None:
    """Write features.npy, (N, D) float16; values beyond its range are clipped."""

    def part(start: int, stop: int) -> NDArray[Any]:
        return np.clip(features[start:stop], -_LARGEST_FLOAT16, _LARGEST_FLOAT16)

    write_rows(folder / "features.npy", features.shape, np.float16, _ROWS, part)


def write_columns(folder: Path, dataset: Dataset, places: NDArray[np.int64]) -> None:
    """Write columns.parquet: the id and the source's own columns of the readable samples.

    Args:
        folder: the run directory.
        dataset: what is scored; without columns nothing is written.
        places: (N,) the readable samples among dataset.samples.
    """
    if dataset.columns:
        ids = np.array([dataset.samples[place].id for place in places], dtype=np.int64)
        columns = {name: values[places] for name, values in dataset.columns.items()}
        write_parquet(folder / "columns.parquet", pd.DataFrame({"id": ids, **columns}))


class Results:
    """The files that hold scores; written as often as there are better ones."""

    def __init__(
        self,
        folder: Path,
        dataset: Dataset,
        samples: Sequence[Sample],
        looked: NDArray[Any],
        classes: NDArray[np.int64],
        *,
        columns: Sequence[str],
    ) -> None:
        """Take what does not change from mask to mask.

        Args:
            folder: the run directory.
            dataset: what is scored.
            samples: (N) the readable ones.
            looked: (N,) records of the modality's columns.
            columns: the names of these.
            classes: (C,) class_id of each row of the objective's classes.
        """
        self._folder, self._classes = folder, classes
        self._table = known_columns(dataset, samples, looked, columns=columns)
        self._places = key_places(self._table["path"].tolist())

    def write(
        self,
        losses: NDArray[np.float64],
        predicted: NDArray[np.uint16],
        done: Collection[int],
        weights: NDArray[np.float64],
    ) -> None:
        """Write losses.npy, predicted.npy and samples.parquet (docs/run-format.md).

        Args:
            losses: (M, N); rows that are not done may hold NaN.
            predicted: (M, N) row of the class told for each sample.
            done: the masks that are done for all samples.
            weights: (M,) what each of them counts for in the score.
        """
        scores = weighted_mean(losses, weights)
        table = with_scores(self._table, scores, self._places)
        known = self._classes[:NOT_KNOWN]
        places = np.full(int(NOT_KNOWN) + 1, NOT_KNOWN)
        places[: len(known)] = np.minimum(known, NOT_KNOWN)

        def loss(start: int, stop: int) -> NDArray[Any]:
            part = np.asarray(losses[start:stop])
            return part if start in done else np.full_like(part, np.nan)

        write_rows(self._folder / "losses.npy", losses.shape, np.float32, 1, loss)
        write_rows(
            self._folder / "predicted.npy",
            predicted.shape,
            np.uint16,
            1,
            lambda start, stop: places[predicted[start:stop]],
        )
        write_parquet(self._folder / "samples.parquet", table)


def weighted_mean(losses: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sum over masks of weight times loss, (N,) float64; a weight of 0 needs no loss."""
    scores = np.zeros(losses.shape[1], dtype=np.float64)
    for start in range(0, len(scores), _COLUMNS):
        part = slice(start, start + _COLUMNS)
        for mask in np.flatnonzero(weights):
            scores[part] += weights[mask] * losses[mask, part]
    return scores
