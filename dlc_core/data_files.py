"""Opening files of somebody's data: what was opened is looked at, not what a path says."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from dlc_core.data_roots import OutsideRoots, is_below_roots, limited
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

_LOOK = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_CLOEXEC


def open_descriptor(path: str | Path, *, also: Sequence[Path] = (), flags: int = 0) -> int:
    """Open whatever a path leads to for reading, without waiting for pipes.

    What was opened is looked at, not what the path says: a link may be exchanged meanwhile.

    Args:
        path: as it stands.
        also: further folders that are allowed, resolved.
        flags: of the system, beside those of reading.

    Raises:
        OutsideRoots: if it lies outside.
        OSError: if it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags)
    try:
        _require_inside(descriptor, path, also)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_data(path: str | Path, *, also: Sequence[Path] = ()) -> IO[bytes]:
    """Open a file of somebody's data for reading; where there is a limit, a regular one only.

    Args:
        path: as it stands.
        also: further folders that are allowed, resolved.

    Raises:
        OutsideRoots: if it lies outside.
        DLCError: if it is no regular file.
        OSError: if it cannot be opened.
    """
    if not limited():
        return Path(path).open("rb")
    descriptor = open_descriptor(path, also=also)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DLCError(f"{printable(str(path))} is no regular file.")
    return os.fdopen(descriptor, "rb")


def read_data(path: str | Path, *, also: Sequence[Path] = ()) -> bytes:
    """Return what a file of somebody's data holds; raises as `open_data`."""
    with open_data(path, also=also) as file:
        return file.read()


def data_status(path: str | Path) -> os.stat_result:
    """Return size and times of what a path leads to.

    Raises:
        OutsideRoots: if it lies outside.
        OSError: if it is gone.
    """
    if not limited():
        return os.stat(path)  # noqa: PTH116
    descriptor = os.open(path, _LOOK)
    try:
        _require_inside(descriptor, path, ())
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _require_inside(descriptor: int, path: str | Path, also: Sequence[Path]) -> None:
    if limited() and not is_below_roots(_opened_path(descriptor, path), also):
        raise OutsideRoots(
            f"{printable(str(path))} leads outside the folders this dashboard may read."
        )


def _opened_path(descriptor: int, path: str | Path) -> Path:
    """Return where an open file is, as the system tells it."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/self/fd/{descriptor}").readlink()
    if (command := getattr(fcntl, "F_GETPATH", None)) is not None:  # macOS
        return Path(os.fsdecode(fcntl.fcntl(descriptor, command, bytes(1024)).rstrip(b"\0")))
    found = Path(path).resolve(strict=True)
    if not os.path.samestat(found.stat(), os.fstat(descriptor)):
        raise OutsideRoots(f"{printable(str(path))} was exchanged while it was opened.")
    return found
