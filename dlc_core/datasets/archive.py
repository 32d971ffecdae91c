"""Unpacking a ZIP that a stranger made: bounded, and never outside its folder."""

from __future__ import annotations

import contextlib
import lzma
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from dlc_core.datasets.archive_members import Limits, members_of
from dlc_core.datasets.unpacked import dataset_root
from dlc_core.decompression_limits import opened_zip
from dlc_core.errors import DLCError, reason_of

_CHUNK = 1 << 20
_EVEN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SIP = 1 << 12  # bytes of other methods, of which zipfile unpacks all that it has read, at once
_LOOK = 1 << 28  # bytes after which the disk's room is looked at again
_LEFT = 0.1  # share of the free space at the start that must stay

_DAMAGED = (  # what reading a damaged archive raises
    zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError, OverflowError,
    zlib.error, lzma.LZMAError,
)  # fmt: skip

Told = Callable[[int, int], None]


def extract_zip(
    file: Path | IO[bytes],
    target: Path,
    *,
    name: str = "",
    limits: Limits | None = None,
    wanted: Callable[[str], bool] = lambda _name: True,
    told: Told = lambda _done, _all: None,
) -> Path:
    """Unpack a ZIP into a new folder, all of it or nothing.

    Links, devices, names that lead elsewhere and litter are not unpacked; archives inside stay
    files. Everything is readable by its owner only.

    Args:
        file: the archive, or an open file of it.
        name: of the archive, for sentences; "" takes the file's.
        target: the folder to make; must not exist.
        limits: what is let pass.
        wanted: whether a file of a name is unpacked; asked once for each that may be.
        told: (bytes done, bytes in all), now and then; what it raises stops and cleans up.

    Returns:
        What can be scored in it: the folder (or the only one inside it), or the table at its top.

    Raises:
        DLCError: if it is no ZIP, encrypted, damaged, too large, or holds a dangerous name.
    """
    limits, name = limits or Limits(), name or getattr(file, "name", "the archive")
    if target.exists():
        raise DLCError(f"{target.name} exists already; choose another name.")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with _opened(file) as opened, opened_zip(opened, entries=limits.entries) as packed:
            size = opened.seek(0, os.SEEK_END)
            members = members_of(name, packed, limits, target.parent, size, wanted)
            temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
            try:
                _unpack(packed, members, temporary, told)
                temporary.rename(target)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except DLCError:
        raise
    except _DAMAGED as error:
        raise DLCError(f"{name} cannot be unpacked: {reason_of(error)}.") from error
    except OSError as error:
        raise DLCError(f"{name} cannot be unpacked: {error.strerror or error}.") from error
    return dataset_root(target)


@contextlib.contextmanager
def _opened(file: Path | IO[bytes]) -> Iterator[IO[bytes]]:
    if isinstance(file, Path):
        with file.open("rb") as opened:
            yield opened
    else:
        yield file


def _unpack(
    packed: zipfile.ZipFile,
    members: list[tuple[zipfile.ZipInfo, PurePosixPath]],
    folder: Path,
    told: Told,
) -> None:
    done, total = 0, sum(info.file_size for info, _ in members)
    looked, left = 0, _LEFT * shutil.disk_usage(folder).free
    for info, path in members:
        file = folder.joinpath(*path.parts)
        with contextlib.suppress(FileExistsError):
            file.parent.mkdir(parents=True, mode=0o700)
        chunk = _CHUNK if info.compress_type in _EVEN else _SIP
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as target, packed.open(info) as source:
            for written in _copied(source, target, info.file_size, chunk):
                told(done + written, total)
                if done + written - looked > _LOOK:  # others write there, too
                    looked = done + written
                    if shutil.disk_usage(folder).free < left:
                        raise DLCError("the disk fills up; make room and unpack it again.")
        done += info.file_size
    told(total, total)


def _copied(source: IO[bytes], target: IO[bytes], size: int, chunk: int) -> Iterator[int]:
    """Copy, yielding the bytes so far; a member with more than its list promised is damaged."""
    written = 0
    while data := source.read(chunk):
        written += len(data)
        if written > size:
            raise zipfile.BadZipFile("a file is longer than its list says")
        target.write(data)
        yield written
