"""Reading the issues and the neighbours that a run holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.parquet import require_room
from dlc_core.runs import Run
from dlc_core.runs.damage import fault_of
from dlc_core.safe_reading import read_npy, read_parquet

KINDS_FILE = "kinds.parquet"
NEIGHBOURS_FILE, DISTANCES_FILE = "neighbours.npy", "neighbour_distances.npy"

COLUMNS: dict[str, str] = {
    "id": "int64",
    "suspicion": "float32",
    "own_probability": "float32",
    "suspected_class": "int32",
    "suspected_probability": "float32",
    "label_error": "bool",
    "outlier_score": "float32",
    "outlier": "bool",
    "ambiguous": "bool",
    "other_class": "int32",
    "other_probability": "float32",
    "duplicate_group": "int32",
    "duplicate": "str",
    "duplicate_labels": "bool",
    "leak": "str",
    "brightness": "float32",
    "contrast": "float32",
    "entropy": "float32",
    "sharpness": "float32",
    "aspect": "float32",
    "dark": "bool",
    "bright": "bool",
    "blurry": "bool",
    "low_information": "bool",
    "odd_shape": "bool",
    "centrality": "float32",
    "kind": "str",
}


def read_issues(run: Run) -> pd.DataFrame | None:
    """Return (N rows) the issues of a run in ascending id; None if there are none that fit.

    Row i is row i of `run.samples`; docs/run-format.md says what each column holds.
    """
    if fault_of(run.path, KINDS_FILE, None):
        return None
    require_room(run.path / KINDS_FILE)
    try:
        table = read_parquet(run.path / KINDS_FILE)
    except (OSError, ValueError):
        return None
    if not set(COLUMNS) <= set(table.columns):
        return None
    table = table.sort_values("id", kind="stable", ignore_index=True)
    if not np.array_equal(table["id"].to_numpy(), run.samples["id"].to_numpy()):
        return None
    return table


def read_neighbours(run: Run) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
    """Return (N, k) rows of each sample's nearest others and their distances, memory-mapped.

    None if they are not there, damaged as far as a short look tells, or do not fit the run.
    """
    files = NEIGHBOURS_FILE, DISTANCES_FILE
    if any(fault_of(run.path, name, None, whole=False) for name in files):
        return None
    try:
        rows, distances = (read_npy(run.path / name) for name in files)
    except (OSError, ValueError):
        return None
    count = len(run.samples)
    if rows.ndim != 2 or rows.shape != distances.shape or len(rows) != count:
        return None
    if rows.dtype.kind != "i" or (rows.size and not 0 <= rows.min() <= rows.max() < count):
        return None
    return rows, distances
