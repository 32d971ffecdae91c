"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

TEMPORARY = ".tmp"


def write_atomically(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it into place."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON, atomically."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, lambda file: file.write(text.encode()))


def write_npy(path: Path, array: NDArray[Any]) -> None:
    """Write an array as .npy, atomically."""
    write_atomically(path, lambda file: np.save(file, array, allow_pickle=False))


def write_rows(
    path: Path,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    rows: int,
    part: Callable[[int, int], NDArray[Any]],
) -> None:
    """Write an array as .npy a few rows at a time, atomically.

    Args:
        path: the file.
        shape: of the whole array.
        dtype: of its values.
        rows: how many to ask for at a time.
        part: (start, stop) -> the rows from start to stop - 1.
    """

    def write(target: IO[bytes]) -> None:
        descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
        header = {"descr": descr, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(target, header)
        for start in range(0, shape[0], rows):
            values = np.asarray(part(start, min(start + rows, shape[0])), dtype=dtype)
            target.write(np.ascontiguousarray(values).data)

    write_atomically(path, write)


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, atomically, without an index."""
    write_atomically(path, lambda file: table.to_parquet(file, index=False))


def parquet_rows(path: Path) -> int:
    """Return how many rows a Parquet file has, as its footer says; -1 if it cannot be read."""
    from pyarrow import ArrowException
    from pyarrow.parquet import read_metadata

    try:
        return int(read_metadata(path).num_rows)
    except (OSError, ArrowException):
        return -1


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a JSON file, or None if it is missing or not whole."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def file_stamp(path: Path) -> tuple[int, int]:
    """Return (time of the last change in ns, bytes) of a file; (0, 0) if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - one call for both
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files of a writer that was killed; call it with the lock held."""
    for file in folder.glob(f".*{TEMPORARY}"):
        file.unlink(missing_ok=True)
