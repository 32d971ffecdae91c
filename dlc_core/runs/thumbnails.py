"""Small pictures of a run's samples: one growing file and an index of offsets."""

from __future__ import annotations

import io
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

from dlc_core.runs.files import TEMPORARY, write_npy

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


class ThumbnailWriter:
    """Appends thumbnails in the order of the samples; leaving it unharmed writes the index."""

    def __init__(self, folder: Path) -> None:
        """Start anew in a run's folder."""
        self._folder = folder
        (folder / _INDEX).unlink(missing_ok=True)
        self._file = (folder / f".{_DATA}{TEMPORARY}").open("wb")
        self._ends = [0]

    def add(self, data: bytes) -> None:
        """Append one thumbnail."""
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; write the index, after which the thumbnails can be read."""
        self._file.close()
        if kind is None:
            Path(self._file.name).replace(self._folder / _DATA)
            write_npy(self._folder / _INDEX, np.array(self._ends, dtype=np.int64))


def read_thumbnail(folder: Path, row: int) -> tuple[bytes, str] | None:
    """Return (data, media type) of the sample in this row of the run, or None if there is none."""
    try:
        ends = np.load(folder / _INDEX, mmap_mode="r")
        if not 0 <= row < len(ends) - 1:
            return None
        start, end = int(ends[row]), int(ends[row + 1])
        with (folder / _DATA).open("rb") as file:
            file.seek(start)
            data = file.read(end - start)
    except (OSError, ValueError, EOFError):
        return None
    return data, "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
