"""The previews of a run's samples: one growing file and an index of offsets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import write_atomically, write_npy
from dlc_core.row_file import RowFile
from dlc_core.safe_reading import read_npy

DATA, INDEX = "thumbnails.bin", "thumbnails.npy"  # the names of format 1, whatever they show
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"))


class PreviewFile:
    """The growing file of previews; readers see them once the index is written."""

    def __init__(self, folder: Path) -> None:
        """Open the file of a run, creating it if missing."""
        self._folder = folder
        self._file = RowFile(folder / DATA, (), np.uint8)

    def __len__(self) -> int:
        """Return the bytes written."""
        return len(self._file)

    def append(self, data: bytes) -> None:
        """Write previews behind the last one."""
        self._file.append(np.frombuffer(data, np.uint8))

    def keep(self, size: int) -> None:
        """Drop all bytes from this one on."""
        self._file.keep(size)

    def withdraw(self) -> None:
        """Delete the index: the previews are not complete."""
        (self._folder / INDEX).unlink(missing_ok=True)

    def sync(self) -> None:
        """Return once all that was written is on the disk."""
        self._file.sync()

    def publish(self, ends: NDArray[np.int64]) -> None:
        """Write the index, after which the previews can be read.

        Args:
            ends: (N,) where each sample's preview ends; it begins where the one before ends.
        """
        write_npy(self._folder / INDEX, np.concatenate([[0], ends]).astype(np.int64))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_preview(folder: Path, row: int) -> tuple[bytes, str] | None:
    """Return (data, media type) of the sample in this row of the run, or None if there is none."""
    try:
        ends = read_npy(folder / INDEX)
        if ends.ndim != 1 or ends.dtype.kind != "i" or not 0 <= row < len(ends) - 1:
            return None
        start, end = int(ends[row]), int(ends[row + 1])
        with (folder / DATA).open("rb") as file:
            if not 0 <= start <= end <= os.fstat(file.fileno()).st_size:
                return None
            file.seek(start)
            data = file.read(end - start)
    except (OSError, ValueError):
        return None
    known = (kind for magic, kind in _MAGIC if data.startswith(magic))
    return data, next(known, "text/plain; charset=utf-8")


def join_previews(
    folder: Path, first: tuple[Path, int], second: tuple[Path, int], order: NDArray[np.int64]
) -> None:
    """Write the previews of two folders into a third.

    Args:
        folder: where to write them.
        first, second: a folder with previews, and of how many samples.
        order: for each sample of the result its place among those of the first, then the second.
    """
    (folder / INDEX).unlink(missing_ok=True)  # the previews change before their index
    sources = [_all_previews(*first), _all_previews(*second)]
    starts = np.concatenate([ends[:-1] for ends, _ in sources])[order]
    sizes = np.concatenate([np.diff(ends) for ends, _ in sources])[order]
    late = order >= first[1]

    def write(file: IO[Any]) -> None:
        for place, (start, size) in enumerate(zip(starts, sizes, strict=True)):
            file.write(sources[int(late[place])][1][start : start + size].data)

    write_atomically(folder / DATA, write)
    write_npy(folder / INDEX, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def _all_previews(folder: Path, count: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return offsets (count + 1,) and bytes of a folder's previews; empty ones if it has none."""
    try:
        ends = read_npy(folder / INDEX, mapped=False)
        if len(ends) == count + 1 and ends[-1] > 0:
            return ends, np.memmap(folder / DATA, np.uint8, "r", shape=(int(ends[-1]),))
    except (OSError, ValueError):
        pass
    return np.zeros(count + 1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
