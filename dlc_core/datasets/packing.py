"""Compressed files, read as what is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO


def _gzip(stream: IO[bytes]) -> IO[bytes]:
    import gzip

    return gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]  # reads as one


def _bzip2(stream: IO[bytes]) -> IO[bytes]:
    import bz2

    return bz2.BZ2File(stream)


def _xz(stream: IO[bytes]) -> IO[bytes]:
    import lzma

    return lzma.LZMAFile(stream)


PACKINGS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    ".gz": _gzip,
    ".bz2": _bzip2,
    ".xz": _xz,
}
