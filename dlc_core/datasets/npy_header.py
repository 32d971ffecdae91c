"""What an array in a NumPy archive is said to be, before any of its data is read."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy

from dlc_core.decompression_limits import grows_too_much
from dlc_core.errors import DLCError

_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_WRITTEN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # by np.savez, np.savez_compressed


@dataclass(frozen=True)
class Header:
    """What an array is said to be.

    Attributes:
        shape: as it is written; may hold anything.
        dtype: of its items, no Python objects.
        bytes: of all items.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    bytes: int


def header_of(name: str, archive: Any, key: str) -> Header:
    """Return the header of one array of an archive.

    Args:
        name: of the archive.
        archive: what np.load returned.
        key: of the array.

    Raises:
        DLCError: if it holds Python objects, is a bomb, or is not as long as it is said to be.
        ValueError: if it is no array.
    """
    members = archive.zip.namelist()
    info = archive.zip.getinfo(key if key in members else f"{key}.npy")
    if info.compress_type not in _WRITTEN:
        raise DLCError(f"{key!r} of {name} is packed in a way that NumPy does not write.")
    with archive.zip.open(info) as stream:
        reader = _READERS.get(npy.read_magic(stream))
        if reader is None:
            raise DLCError(f"{key!r} of {name} has named fields; expected plain numbers or text.")
        shape, _, dtype = reader(stream)
        begun = stream.tell()
    if dtype.hasobject:
        raise DLCError(
            f"{key!r} of {name} is refused; expected numbers or text without Python objects."
        )
    size = math.prod(shape) * dtype.itemsize
    if size != info.file_size - begun and min(shape, default=0) >= 0:
        raise DLCError(
            f"{key!r} of {name} has another number of bytes than its shape {shape} takes; was it "
            "cut off?"
        )
    if grows_too_much(info.file_size, info.compress_size):
        raise DLCError(
            f"{name} is refused: {key!r} would grow {info.file_size:,} bytes out of "
            f"{info.compress_size:,} (a bomb?); write it again with np.savez if you trust it."
        )
    return Header(shape, dtype, size)
