"""What a finished scoring leaves in the run directory for its readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.datasets import Dataset
from dlc_core.runs.files import write_npy, write_parquet
from dlc_core.runs.run import FAULT_COLUMNS
from dlc_core.scoring.decoding import Decoded
from dlc_core.scoring.ranking import ranks

_LARGEST_FLOAT16 = 65504.0


def write_faults(folder: Path, dataset: Dataset, decoded: Decoded) -> int:
    """Write faults.parquet, sorted by path; return how many there are."""
    faults = sorted([*dataset.faults, *decoded.faults])
    table = pd.DataFrame(faults, columns=FAULT_COLUMNS, dtype="str")
    write_parquet(folder / "faults.parquet", table)
    return len(faults)


def write_results(
    folder: Path,
    dataset: Dataset,
    decoded: Decoded,
    losses: NDArray[np.float64],
    features: NDArray[np.float32],
) -> None:
    """Write losses.npy, features.npy and samples.parquet (docs/run-format.md).

    Args:
        folder: the run directory.
        dataset: what was scored.
        decoded: which of its samples could be read.
        losses: (T, N); the score is their mean over T, in float64.
        features: (N, D) of the unmasked encoder.
    """
    samples = [dataset.samples[i] for i in decoded.good]
    class_ids = np.array([sample.class_id for sample in samples], dtype=np.int64)
    paths = [sample.path for sample in samples]
    scores = losses.mean(axis=0)
    rank, class_rank, percentile = ranks(scores, class_ids, paths)
    table = pd.DataFrame(
        {
            "id": np.array([sample.id for sample in samples], dtype=np.int64),
            "path": paths,
            "label": [dataset.classes[class_id] for class_id in class_ids],
            "class_id": class_ids,
            "score": scores,
            "rank": rank,
            "class_rank": class_rank,
            "percentile": percentile,
            "width": decoded.sizes[:, 0],
            "height": decoded.sizes[:, 1],
        }
    )
    write_npy(folder / "losses.npy", np.asarray(losses, dtype=np.float32))
    clipped = np.clip(features, -_LARGEST_FLOAT16, _LARGEST_FLOAT16)
    write_npy(folder / "features.npy", clipped.astype(np.float16))
    write_parquet(folder / "samples.parquet", table)
