"""Unpacking a ZIP that a stranger made: bounded, and never outside its folder."""

from __future__ import annotations

import contextlib
import lzma
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from dlc_core.datasets.archive_names import decoded_names
from dlc_core.datasets.unpacked import dataset_root
from dlc_core.errors import DLCError, reason_of
from dlc_core.names import is_utf8, printable

_CHUNK = 1 << 20
_LONGEST, _LONGEST_PART = 1000, 255  # characters of a path, bytes of a name in it
_DRIVE = re.compile(r"[A-Za-z]:(/|$)")
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")

_DAMAGED = (  # what reading a damaged archive raises
    zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError, OverflowError,
    zlib.error, lzma.LZMAError,
)  # fmt: skip

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most.

    Attributes:
        entries: files.
        total: bytes, unpacked.
        ratio: unpacked by packed bytes of one file; images hardly shrink.
        free: share of the disk's free space that may be filled.
    """

    entries: int = 2_000_000
    total: int = 200 * 10**9
    ratio: float = 200.0
    free: float = 0.8


def extract_zip(
    file: Path | IO[bytes],
    target: Path,
    *,
    name: str = "",
    limits: Limits | None = None,
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
        with zipfile.ZipFile(file) as packed:
            members = _members(name, packed, limits, target.parent)
            temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
            try:
                _unpack(packed, members, temporary, told)
                temporary.rename(target)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except _DAMAGED as error:
        raise DLCError(f"{name} cannot be unpacked: {reason_of(error)}.") from error
    except OSError as error:
        raise DLCError(f"{name} cannot be unpacked: {error.strerror or error}.") from error
    return dataset_root(target)


def _members(
    name: str, packed: zipfile.ZipFile, limits: Limits, where: Path
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the files to unpack, each with its path, after all have been looked at."""
    infos = packed.infolist()
    if len(infos) > limits.entries:
        raise DLCError(f"{name} holds {len(infos):,} files; at most {limits.entries:,} are taken.")
    paths = [
        _path(name, text, info) for text, info in zip(decoded_names(infos), infos, strict=True)
    ]
    above = {parent for path in paths if path is not None for parent in path.parents}
    found, seen, total = [], set(), 0
    for info, path in zip(infos, paths, strict=True):
        if path is None or (path in above and not info.file_size):
            continue
        if info.flag_bits & 1:
            raise DLCError(f"{name} is encrypted; pack it without a password.")
        if info.file_size > _CHUNK and info.file_size > limits.ratio * max(1, info.compress_size):
            raise DLCError(
                f"{name} is refused: {printable(str(path))} grows {info.file_size:,} bytes out of "
                f"{info.compress_size:,} (a bomb?)."
            )
        if str(path) in seen:
            raise DLCError(f"{name} holds {printable(str(path))} twice.")
        seen.add(str(path))
        total += info.file_size
        found.append((info, path))
    free = shutil.disk_usage(where).free
    if total > min(limits.total, limits.free * free):
        raise DLCError(
            f"{name} unpacks to {total / 1e9:.1f} GB; there is room for "
            f"{min(limits.total, limits.free * free) / 1e9:.1f} GB."
        )
    if not found:
        raise DLCError(f"{name} holds no files.")
    return found


def _path(name: str, text: str, info: zipfile.ZipInfo) -> PurePosixPath | None:
    """Return a member's path; None for folders, litter and what is no plain file.

    Args:
        name: of the archive.
        text: the member's own name; Windows programs have written backslashes.
        info: what else the archive says of it.

    Raises:
        DLCError: if it would lie outside.
    """
    text = text.replace("\\", "/")
    path = PurePosixPath(text)
    if text.startswith("/") or ".." in path.parts or _DRIVE.match(text):
        raise DLCError(f"{name} is refused: {printable(text)!r} would be written elsewhere.")
    sizes = [len(part.encode("utf-8", "replace")) for part in path.parts]
    if len(text) > _LONGEST or max(sizes, default=0) > _LONGEST_PART or not is_utf8(text):
        raise DLCError(
            f"{name} holds a name that is too long or no text: {printable(text)[:80]!r}."
        )
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return None  # a link or a device
    if text.endswith("/") or kind == stat.S_IFDIR:
        return None
    hidden = any(part.startswith(".") or part in _LITTER for part in path.parts)
    return None if hidden or not path.parts else path


def _unpack(
    packed: zipfile.ZipFile,
    members: list[tuple[zipfile.ZipInfo, PurePosixPath]],
    folder: Path,
    told: Told,
) -> None:
    done, total = 0, sum(info.file_size for info, _ in members)
    for info, path in members:
        file = folder.joinpath(*path.parts)
        with contextlib.suppress(FileExistsError):
            file.parent.mkdir(parents=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as target, packed.open(info) as source:
            for written in _copied(source, target, info.file_size):
                told(done + written, total)
        done += info.file_size
    told(total, total)


def _copied(source: IO[bytes], target: IO[bytes], size: int) -> Iterator[int]:
    """Copy, yielding the bytes so far; a member with more than its list promised is damaged."""
    written = 0
    while data := source.read(_CHUNK):
        written += len(data)
        if written > size:
            raise zipfile.BadZipFile("a file is longer than its list says")
        target.write(data)
        yield written
