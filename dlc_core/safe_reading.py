"""Reading tables and arrays whose bytes may have been changed."""

from __future__ import annotations

import contextlib
import errno
import os
import tokenize
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_LARGEST_READ = 1 << 16  # bytes of an array that cannot be mapped: one without values
# What the libraries may raise beside OSError and ValueError when they read changed bytes.
_DAMAGED = (
    EOFError, KeyError, TypeError, AttributeError, IndexError, RuntimeError, MemoryError,
    OverflowError, SyntaxError, tokenize.TokenError,
)  # fmt: skip


def read_parquet(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Return the table of a file that `write_parquet` wrote; a page whose checksum is wrong fails.

    Raises:
        OSError, ValueError: if it is not there, or damaged in whatever way.
    """
    if path.is_dir():  # pyarrow would take it for a data set of several files
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    try:
        return pd.read_parquet(path, columns=columns, page_checksum_verification=True)
    except _DAMAGED as error:
        raise ValueError(f"{path} is no table of ours") from error


def read_npy(path: Path, *, mapped: bool = True) -> NDArray[Any]:
    """Return the array in an .npy file, mapped from it for reading if it has any value.

    Raises:
        OSError, ValueError: if it is not there, or damaged in whatever way.
    """
    try:
        if mapped:
            with contextlib.suppress(ValueError):  # an empty array cannot be mapped
                return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
        if path.stat().st_size > _LARGEST_READ and mapped:
            raise ValueError(f"{path} is no array of ours")
        return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]
    except _DAMAGED as error:
        raise ValueError(f"{path} is no array of ours") from error


def parquet_rows(path: Path) -> int:
    """Return how many rows a Parquet file has, as its footer says; -1 if it cannot be read."""
    from pyarrow.parquet import read_metadata

    try:
        return int(read_metadata(path).num_rows)
    except (OSError, ValueError, *_DAMAGED):
        return -1
