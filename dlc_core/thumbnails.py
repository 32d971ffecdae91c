"""Small pictures of a run's samples: one growing file and an index of offsets."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.atomic_files import write_npy
from dlc_core.row_file import RowFile
from dlc_core.safe_reading import read_npy

SIDE = 128  # pixels
_DATA, _INDEX = "thumbnails.bin", "thumbnails.npy"


def encode_thumbnail(image: Image.Image) -> bytes:
    """Return an image of mode L or RGB as a small JPEG, or as PNG if it is tiny already."""
    buffer = io.BytesIO()
    if max(image.size) <= SIDE // 2:
        image.save(buffer, "PNG")
        return buffer.getvalue()
    small = image.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    small.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


class ThumbnailFile:
    """The growing file of pictures; readers see them once the index is written."""

    def __init__(self, folder: Path) -> None:
        """Open the file of a run, creating it if missing."""
        self._folder = folder
        self._file = RowFile(folder / _DATA, (), np.uint8)

    def __len__(self) -> int:
        """Return the bytes written."""
        return len(self._file)

    def append(self, data: bytes) -> None:
        """Write one picture behind the last one."""
        self._file.append(np.frombuffer(data, np.uint8))

    def keep(self, size: int) -> None:
        """Drop all bytes from this one on."""
        self._file.keep(size)

    def withdraw(self) -> None:
        """Delete the index: the pictures are not complete."""
        (self._folder / _INDEX).unlink(missing_ok=True)

    def sync(self) -> None:
        """Return once all that was written is on the disk."""
        self._file.sync()

    def publish(self, ends: NDArray[np.int64]) -> None:
        """Write the index, after which the pictures can be read.

        Args:
            ends: (N,) where each sample's picture ends; it begins where the one before ends.
        """
        write_npy(self._folder / _INDEX, np.concatenate([[0], ends]).astype(np.int64))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_thumbnail(folder: Path, row: int) -> tuple[bytes, str] | None:
    """Return (data, media type) of the sample in this row of the run, or None if there is none."""
    try:
        ends = read_npy(folder / _INDEX)
        if ends.ndim != 1 or ends.dtype.kind != "i" or not 0 <= row < len(ends) - 1:
            return None
        start, end = int(ends[row]), int(ends[row + 1])
        with (folder / _DATA).open("rb") as file:
            if not 0 <= start <= end <= os.fstat(file.fileno()).st_size:
                return None
            file.seek(start)
            data = file.read(end - start)
    except (OSError, ValueError):
        return None
    return data, "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
