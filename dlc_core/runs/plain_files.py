"""A run holds plain files and folders: a link in it would lead who reads or writes it elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dlc_core.errors import DLCError
from dlc_core.file_names import printable

_EXPORTS = "exports"  # may hold folders of links that a person asked for; they are not followed
_MOST = 200_000  # files that are looked at
_DEPTH = 6


def require_plain_files(folder: Path) -> None:
    """Refuse a run directory that holds a link, a pipe, a socket or a device.

    People send run folders around. What is in one is opened by its name, for reading and for
    writing, so that a link in it would give away, or empty, any file of whoever opens it. The
    directory itself may be a link: its owner made that.

    Args:
        folder: the run directory; nothing is said of one that is not there.

    Raises:
        DLCError: naming the first, or if there is no end to the files.
    """
    for count, entry in enumerate(_entries(str(folder), 0)):
        if not _is_plain(entry):
            what = "a link" if entry.is_symlink() else "no plain file"
            raise DLCError(
                f"{printable(entry.path)} is {what}; a run holds plain files and folders only: "
                "take it away if the run is yours, else do not use this run."
            )
        if count >= _MOST:
            raise DLCError(
                f"{printable(str(folder))} holds more than {_MOST:,} files; expected a run."
            )


def _is_plain(entry: os.DirEntry[str]) -> bool:
    if entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False):
        return True
    # Some file systems do not tell kinds at once, and a writer's temporary file may be gone by now.
    return not os.path.lexists(entry.path)


def _entries(folder: str, depth: int) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except OSError:  # gone meanwhile, or told by who reads it
        return
    for entry in entries:
        of_exports = depth == 1 and os.path.basename(folder) == _EXPORTS  # noqa: PTH119 - a text
        if of_exports and entry.name != ".jobs":
            continue
        yield entry
        if depth < _DEPTH and entry.is_dir(follow_symlinks=False):
            yield from _entries(entry.path, depth + 1)
