"""Compressed files, read as what is in them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import IO

from dlc_core.decompression_limits import grows_too_much
from dlc_core.errors import DLCError


def _gzip(stream: IO[bytes]) -> IO[bytes]:
    import gzip

    return gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]  # reads as one


def _bzip2(stream: IO[bytes]) -> IO[bytes]:
    import bz2

    return bz2.BZ2File(stream)


def _xz(stream: IO[bytes]) -> IO[bytes]:
    import lzma

    return lzma.LZMAFile(stream)


def _zstd(stream: IO[bytes]) -> IO[bytes]:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(stream, "r"), "zstd")  # type: ignore[no-any-return]


_BUFFER = 1 << 16  # bytes

PACKINGS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    ".gz": _gzip,
    ".bz2": _bzip2,
    ".xz": _xz,
}
# Those that can be read from the start to the end only, besides.
STREAMED: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {**PACKINGS, ".zst": _zstd}


class _Judged(io.RawIOBase):
    """What is unpacked, as long as it does not grow too much for the file that it is of."""

    def __init__(self, unpacked: IO[bytes], size: int, name: str) -> None:
        super().__init__()
        self._unpacked, self._size, self._name = unpacked, size, name
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._unpacked.seekable()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = self._unpacked.seek(offset, whence)
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        data = self._unpacked.read(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        if grows_too_much(self._at, self._size):
            raise DLCError(
                f"{self._name} is refused: {self._size:,} bytes grow to more than "
                f"{self._at:,} (a bomb?); unpack it yourself if you trust it."
            )
        return len(data)


def unpacked(stream: IO[bytes], packing: str, name: str) -> IO[bytes]:
    """Return what is in a compressed file; reading on raises DLCError once it grows too much.

    Args:
        stream: the file, at its start.
        packing: its ending, of STREAMED.
        name: of the file, for the sentence.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return io.BufferedReader(_Judged(STREAMED[packing](stream), size, name), _BUFFER)
