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
from dlc_core.inflation import RATIO, grows_too_much, opened_zip
from dlc_core.names import is_utf8, printable

_CHUNK = 1 << 20
_EVEN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SIP = 1 << 12  # bytes of other methods, of which zipfile unpacks all that it has read, at once
_BLOCK = 1 << 12  # bytes that a file or folder takes on the disk beside its own
_LOOK = 1 << 28  # bytes after which the disk's room is looked at again
_LEFT = 0.1  # share of the free space at the start that must stay
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
        folders: folders that would be made for them.
        depth: folders inside each other.
        total: bytes, unpacked.
        ratio: unpacked by packed bytes, of one file and of all; images hardly shrink.
        free: share of the disk's free space that may be filled.
    """

    entries: int = 2_000_000
    folders: int = 500_000
    depth: int = 64
    total: int = 200 * 10**9
    ratio: float = RATIO
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
        with _opened(file) as opened, opened_zip(opened, entries=limits.entries) as packed:
            size = opened.seek(0, os.SEEK_END)
            members = _members(name, packed, limits, target.parent, size)
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


def _members(
    name: str, packed: zipfile.ZipFile, limits: Limits, where: Path, size: int
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the files to unpack, each with its path, after all have been looked at.

    Args:
        name: of the archive.
        packed: the archive.
        limits: what is let pass.
        where: the folder in which it is unpacked.
        size: of the archive in bytes.
    """
    infos = packed.infolist()
    if len(infos) > limits.entries:
        raise DLCError(f"{name} holds {len(infos):,} files; at most {limits.entries:,} are taken.")
    paths = [
        _path(name, text, info) for text, info in zip(decoded_names(infos), infos, strict=True)
    ]
    above = _folders(name, paths, limits)
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
    if grows_too_much(total, size, ratio=limits.ratio):
        raise DLCError(
            f"{name} is refused: its files grow {total:,} bytes out of {size:,} (a bomb?)."
        )
    _require_room(name, total + _BLOCK * (len(found) + len(above)), limits, where)
    if not found:
        raise DLCError(f"{name} holds no files.")
    return found


def _folders(name: str, paths: list[PurePosixPath | None], limits: Limits) -> set[PurePosixPath]:
    """Return the folders of the files."""
    above: set[PurePosixPath] = set()
    for path in paths:
        if path is None or path.parent in above:
            continue
        if len(path.parts) > limits.depth:
            raise DLCError(
                f"{name} is refused: its folders lie {len(path.parts) - 1} inside each other; at "
                f"most {limits.depth} are taken."
            )
        above.update(path.parents)
        if len(above) > limits.folders:
            raise DLCError(
                f"{name} holds more than {limits.folders:,} folders; pack them in parts."
            )
    return above


def _require_room(name: str, needed: int, limits: Limits, where: Path) -> None:
    room = min(limits.total, limits.free * shutil.disk_usage(where).free)
    if needed > room:
        raise DLCError(
            f"{name} unpacks to {needed / 1e9:.1f} GB; there is room for {room / 1e9:.1f} GB."
        )


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
