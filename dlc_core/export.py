"""Subsets as files: tables of the kept samples, and their ids as an array."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.runs.files import write_atomically
from dlc_core.runs.run import SAMPLE_COLUMNS
from dlc_core.selection import Subset


@dataclass(frozen=True)
class Exporter:
    """One file format for a subset.

    Attributes:
        description: for people.
        media_type: for a browser.
        encode: (table of kept samples, recipe) -> the file's bytes.
        ids: the file's bytes -> the kept ids.
    """

    description: str
    media_type: str
    encode: Callable[[pd.DataFrame, dict[str, Any]], bytes]
    ids: Callable[[bytes], NDArray[np.int64]]


def _csv(table: pd.DataFrame, _recipe: dict[str, Any]) -> bytes:
    return table.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).encode()


def _parquet(table: pd.DataFrame, _recipe: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _json(table: pd.DataFrame, recipe: dict[str, Any]) -> bytes:
    value = {"recipe": recipe, "samples": table.to_dict(orient="records")}
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _npy(table: pd.DataFrame, _recipe: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, table["id"].to_numpy(dtype=np.int64), allow_pickle=False)
    return buffer.getvalue()


EXPORTERS: dict[str, Exporter] = {
    "csv": Exporter(
        "CSV table: one row per kept sample",
        "text/csv",
        _csv,
        lambda data: _column(pd.read_csv(io.BytesIO(data))),
    ),
    "parquet": Exporter(
        "Parquet table: the same, typed and small",
        "application/vnd.apache.parquet",
        _parquet,
        lambda data: _column(pd.read_parquet(io.BytesIO(data))),
    ),
    "json": Exporter(
        "JSON: the recipe and the kept samples",
        "application/json",
        _json,
        lambda data: _column(pd.DataFrame(json.loads(data)["samples"])),
    ),
    "npy": Exporter(
        "NumPy array of the kept ids (int64)",
        "application/octet-stream",
        _npy,
        lambda data: np.asarray(np.load(io.BytesIO(data), allow_pickle=False), dtype=np.int64),
    ),
}


def _column(table: pd.DataFrame) -> NDArray[np.int64]:
    return table["id"].to_numpy(dtype=np.int64)


def exporter(name: str) -> Exporter:
    """Return an exporter by name.

    Raises:
        DLCError: if there is none of this name.
    """
    if name not in EXPORTERS:
        raise DLCError(f"unknown format {name!r}; expected one of {', '.join(EXPORTERS)}.")
    return EXPORTERS[name]


def format_of(path: str | Path) -> str:
    """Return the format that a file's suffix names.

    Raises:
        DLCError: if it names none.
    """
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in EXPORTERS:
        known = ", ".join(f".{name}" for name in EXPORTERS)
        raise DLCError(f"cannot tell the format of {path}; expected a name that ends in {known}.")
    return suffix


def subset_table(run: Run, ids: NDArray[np.int64]) -> pd.DataFrame:
    """Return the kept samples of a run, one row each, in ascending id.

    Raises:
        DLCError: if an id is not in the run.
    """
    samples = run.samples
    unknown = np.setdiff1d(ids, samples["id"].to_numpy())
    if len(unknown):
        raise DLCError(f"sample {unknown[0]} is not in {run.path}; was the subset made from it?")
    columns = [*SAMPLE_COLUMNS]
    return samples.loc[samples["id"].isin(ids), columns].reset_index(drop=True)


def encode_subset(run: Run, subset: Subset, format_name: str) -> bytes:
    """Return a subset as the bytes of a file: the same subset, the same bytes."""
    table = subset_table(run, subset.ids)
    return exporter(format_name).encode(table, subset.recipe.as_dict())


def read_ids(path: str | Path) -> NDArray[np.int64]:
    """Return the sorted ids in a subset file of any of the formats.

    Raises:
        DLCError: if the file cannot be read as what its suffix says.
    """
    file = Path(path).expanduser()
    read = EXPORTERS[format_of(file)].ids
    try:
        return np.unique(read(file.read_bytes()))
    except FileNotFoundError as error:
        raise DLCError(f"no such file: {file}; expected a subset made by dlc prune.") from error
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DLCError(f"{file} holds no column of sample ids; make it with dlc prune.") from error


def write_file(path: str | Path, data: bytes) -> None:
    """Write an export; on failure nothing is left under its name.

    Raises:
        DLCError: if the file cannot be written.
    """
    file = Path(path).expanduser()
    try:
        write_atomically(file, lambda target: target.write(data))
    except OSError as error:
        raise DLCError(f"cannot write {file}: {error.strerror}.") from error
