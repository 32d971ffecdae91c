"""Rows of one size in a file: appended, read in place, cut back to the last checkpoint."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class RowFile:
    """A growing array on disk; only whole rows count. Close it, or use contextlib.closing.

    Rows are written with plain system calls, not through a memory map: on a full disk a write then
    fails with an error that can be told, where a map would end the process.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        """Open the file, creating it if missing.

        Args:
            path: the file; it holds nothing but rows.
            shape: of one row; () for a record.
            dtype: of its values.
        """
        self.path, self.shape, self.dtype = path, shape, np.dtype(dtype)
        self._size = self.dtype.itemsize * int(np.prod(shape, dtype=np.int64))  # bytes of a row
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __len__(self) -> int:
        """Return the number of whole rows."""
        return os.fstat(self._descriptor).st_size // self._size

    def keep(self, rows: int) -> None:
        """Drop every row from this one on, and any half row."""
        os.ftruncate(self._descriptor, rows * self._size)

    def append(self, values: NDArray[Any]) -> None:
        """Write rows behind the last one.

        Raises:
            OSError: if the disk is full; whole rows before these stay.
        """
        data = np.ascontiguousarray(values, dtype=self.dtype).reshape(-1).view(np.uint8).data
        place = len(self) * self._size
        while len(data):
            written = os.pwrite(self._descriptor, data, place)
            data, place = data[written:], place + written

    def read(self, start: int, stop: int, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return rows start..stop - 1, in `out` if it is given.

        Raises:
            EOFError: if the file has fewer rows.
        """
        values = np.empty((stop - start, *self.shape), self.dtype) if out is None else out
        data, place = values.reshape(-1).view(np.uint8).data, start * self._size
        while len(data):
            got = os.preadv(self._descriptor, [data], place)
            if not got:
                raise EOFError(f"{self.path.name} has {len(self)} rows, {stop} are needed")
            data, place = data[got:], place + got
        return values

    def mapped(self) -> NDArray[Any]:
        """Return all whole rows as a read-only memory map."""
        if not len(self):
            return np.empty((0, *self.shape), self.dtype)
        return np.memmap(self.path, self.dtype, "r", shape=(len(self), *self.shape))

    def sync(self) -> None:
        """Return once all that was written is on the disk."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; it may be opened again."""
        os.close(self._descriptor)
