"""What packed data may grow to: judged by what it says first, then by what really comes out."""

from __future__ import annotations

import contextlib
import os
import zipfile
from pathlib import Path
from typing import IO, Any, cast

RATIO = 200.0  # unpacked by packed bytes; images hardly shrink, tables by ten or fifty
SMALL = 1 << 25  # bytes that anything may grow to
_LIST = 1 << 28  # bytes of a ZIP's list of files
_CHECKED = 1 << 21  # bytes read at once from which it can only be the list
_HEADER = 30  # bytes before a file's name, at least
_ENTRY = b"PK\x01\x02"  # begins each file in the list


def grows_too_much(unpacked: int, packed: int, *, ratio: float = RATIO) -> bool:
    """Whether so many bytes out of so many packed ones are a bomb rather than data."""
    return unpacked > max(SMALL, ratio * packed)


def available_memory(group: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes of memory that can be had without others giving way, as the kernel says.

    Args:
        group: what a container's limit is told in.
    """
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # Another system, no container or no limit: what there is of it counts.
    with contextlib.suppress(OSError, ValueError, KeyError):
        found = min(found, 1024 * _numbers(Path("/proc/meminfo"))["MemAvailable:"])
    with contextlib.suppress(OSError, ValueError, KeyError):
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        parts = _numbers(group / "memory.stat")
        used = int((group / "memory.current").read_text(encoding="ascii"))
        used -= parts["active_file"] + parts["inactive_file"]  # copies of files, given up at need
        found = min(found, max(0, limit - used))
    return found


def memory_room() -> int:
    """Return the bytes that what is read of one file may take: others need memory, too."""
    return available_memory() // 2


def _numbers(file: Path) -> dict[str, int]:
    """Return the first number of each line by its first word."""
    lines = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
    return {words[0]: int(words[1]) for words in lines if len(words) > 1}


class _Bounded:
    """A file whose long reads may not be the list of too many files.

    zipfile reads a ZIP's list in one piece and makes an object of some 600 bytes of each entry,
    however many the file is said to hold.
    """

    def __init__(self, file: IO[bytes], entries: int) -> None:
        self._file, self._entries = file, entries

    def read(self, size: int = -1) -> bytes:
        if size > _LIST:
            raise zipfile.BadZipFile("its list of files is too long")
        data = self._file.read(size)
        if size > _CHECKED and data.count(_ENTRY) > self._entries:
            raise zipfile.BadZipFile(f"it lists more than {self._entries:,} files")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def opened_zip(file: IO[bytes], *, entries: int) -> zipfile.ZipFile:
    """Return a ZIP whose list of files is bounded before it is made, and has no overlapping files.

    Args:
        file: open; it stays open.
        entries: how many files it may list, where the list is long.

    Raises:
        zipfile.BadZipFile: if it is none, lists too many, or two files share bytes.
    """
    packed = zipfile.ZipFile(cast(IO[bytes], _Bounded(file, entries)))
    places = sorted((info.header_offset, info.compress_size) for info in packed.infolist())
    begins = [*(begin for begin, _ in places[1:]), packed.start_dir]
    if any(at + _HEADER + size > begin for (at, size), begin in zip(places, begins, strict=False)):
        raise zipfile.BadZipFile("two of its files share the same bytes (a bomb?)")
    return packed
