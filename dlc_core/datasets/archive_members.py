"""Which files of a ZIP are unpacked and where, after all of its list has been looked at."""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dlc_core.datasets.archive_names import decoded_names
from dlc_core.decompression_limits import RATIO, grows_too_much
from dlc_core.errors import DLCError
from dlc_core.file_names import is_utf8, printable

_BLOCK = 1 << 12  # bytes that a file or folder takes on the disk beside its own
_LARGE = 1 << 20  # bytes of a file whose own ratio counts
_LONGEST, _LONGEST_PART = 1000, 255  # characters of a path, bytes of a name in it
_DRIVE = re.compile(r"[A-Za-z]:(/|$)")
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


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


def members_of(
    name: str,
    packed: zipfile.ZipFile,
    limits: Limits,
    where: Path,
    size: int,
    wanted: Callable[[str], bool] = lambda _name: True,
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the files to unpack, each with its path, after all have been looked at.

    Args:
        name: of the archive.
        packed: the archive.
        limits: what is let pass.
        where: the folder in which it is unpacked.
        size: of the archive in bytes.
        wanted: whether a file of a name is unpacked.

    Raises:
        DLCError: if it is encrypted, a bomb, too large, or holds a dangerous name.
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
        if info.file_size > _LARGE and info.file_size > limits.ratio * max(1, info.compress_size):
            raise DLCError(
                f"{name} is refused: {printable(str(path))} grows {info.file_size:,} bytes out of "
                f"{info.compress_size:,} (a bomb?)."
            )
        if str(path) in seen:
            raise DLCError(f"{name} holds {printable(str(path))} twice.")
        seen.add(str(path))
        if not wanted(path.name):
            continue
        total += info.file_size
        found.append((info, path))
    if grows_too_much(total, size, ratio=limits.ratio):
        raise DLCError(
            f"{name} is refused: its files grow {total:,} bytes out of {size:,} (a bomb?)."
        )
    _require_room(name, total + _BLOCK * (len(found) + len(above)), limits, where)
    if not found:
        raise DLCError(
            f"{name} holds no images and no tables." if seen else f"{name} holds no files."
        )
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
