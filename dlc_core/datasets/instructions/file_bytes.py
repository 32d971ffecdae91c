"""The bytes of a file of records, unpacked where it is compressed, at any place."""

from __future__ import annotations

import contextlib
import io
import lzma
import os
import shutil
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dlc_core.data_files import data_status, open_data
from dlc_core.datasets.compressed_files import STREAMED, unpacked
from dlc_core.errors import DLCError, is_refusal, reason_of, refused
from dlc_core.file_names import printable

_BUFFER = 1 << 20  # bytes


class FileBytes:
    """A file's content; a compressed one is unpacked once, into a file without a name."""

    def __init__(self, file: Path) -> None:
        """Note the file's size and time of change.

        Args:
            file: that is there; its ending says whether it is compressed.

        Raises:
            OSError: if it is gone; OutsideRoots if it lies outside the folders that may be read.
        """
        self.file = file
        self._stamp = self._status()
        self._ending = file.suffix.lower()
        self._packed = self._ending in STREAMED
        self._lock = threading.Lock()
        self._unpacked: IO[bytes] | None = None

    @contextlib.contextmanager
    def stream(self, *, seekable: bool = False) -> Iterator[IO[bytes]]:
        """Open what is in the file, to be read through once from its start.

        Args:
            seekable: whether the reader goes back, too.

        Raises:
            DLCError: if it cannot be read or unpacked, or grows too much.
        """
        try:
            if seekable and self._packed:
                yield io.BufferedReader(_FromStart(self._whole()), _BUFFER)
                return
            with open_data(self.file) as file:
                yield unpacked(file, self._ending, self.file.name) if self._packed else file
        except DLCError:
            raise
        except _DAMAGE as error:
            raise damaged(self.file, error) from error

    def at(self, offset: int, length: int) -> bytes:
        """Return some bytes; several threads may ask.

        Raises:
            DLCError: if the file is gone or another now.
        """
        try:
            if self._status() != self._stamp:
                raise DLCError(
                    f"{printable(self.file.name)} has changed since it was listed; start again."
                )
            if self._packed:
                return os.pread(self._whole().fileno(), length, offset)
            with open_data(self.file) as stream:
                stream.seek(offset)
                return stream.read(length)
        except OSError as error:
            raise damaged(self.file, error) from error

    def _status(self) -> tuple[int, int]:
        status = data_status(self.file)
        return status.st_size, status.st_mtime_ns

    def _whole(self) -> IO[bytes]:
        with self._lock:
            if self._unpacked is None:
                target = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the data set lives
                with self.stream() as source:
                    shutil.copyfileobj(source, target, _BUFFER)
                target.flush()
                self._unpacked = target
                weakref.finalize(self, target.close)
            return self._unpacked


class _FromStart(io.RawIOBase):
    """A file read from its start, wherever others read it meanwhile."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file, self._at = file, 0
        self._size = os.fstat(file.fileno()).st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        starts = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}
        self._at = starts[whence] + offset
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        data = os.pread(self._file.fileno(), len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


# What gzip, bz2, lzma, zstd and the system raise for a file that is not what its name says.
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)


def damaged(file: Path, error: BaseException) -> DLCError:
    """Return the sentence on a file that cannot be read, or not unpacked."""
    if isinstance(error, OSError) and is_refusal(error):
        return DLCError(refused(printable(file.name), error, act="read"))
    return DLCError(f"cannot read {printable(file.name)}: {reason_of(error)}; was it cut off?")
