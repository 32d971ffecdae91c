"""Where the images of a table are: relative to a folder, or named in full."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from dlc_core.data_roots import require_allowed
from dlc_core.datasets.files_below import existing_folder
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

_DRIVE = re.compile(r"[A-Za-z]:[/\\]")
_OUTSIDE = (
    "lies outside the image root; name the folder that all paths start from (--image-root, Paths "
    "start from)"
)
ORIGINAL = "original_path"  # the column that keeps what a table says, where that is another text


def image_root(file: Path, asked: str | None, paths: Sequence[str]) -> Path:
    """Return the folder that a table's paths are relative to.

    Args:
        file: the table.
        asked: the folder that a person named; None takes the table's own, or, where all paths are
            given in full and lead elsewhere, the innermost that holds them all.
        paths: of all rows, as they stand.

    Raises:
        DLCError: if it is not there, or lies below none of the data roots that were given.
    """
    _real.cache_clear()  # links may lead elsewhere than when the last table was read
    expected = "the folder that the table's paths are relative to"
    if asked is not None:
        return existing_folder(Path(asked), expected=expected)
    own = existing_folder(file.parent, expected=expected)
    if not all(path.startswith("/") for path in paths if path):
        return own
    folders = {posixpath.dirname(posixpath.normpath(path)) for path in paths if path}
    common = posixpath.commonpath(folders) if folders else str(own)
    if Path(common).is_relative_to(own) or Path(common).is_relative_to(file.parent):
        return own
    if not require_allowed(common).is_dir():
        raise DLCError(
            f"the paths of {file.name} lead to {printable(common)}, which is not on this machine; "
            "name the folder that holds the images here with --image-root: they are found by the "
            "ends of their paths."
        )
    folder = existing_folder(Path(common), expected="the folder of the table's images")
    return own if folder.is_relative_to(own) else folder


def below(root: Path, typed: str) -> tuple[str, str]:
    """Return a path relative to the root in POSIX form, and what is wrong with it."""
    start = f"{str(root).rstrip('/')}/"
    path = posix(typed)
    if _DRIVE.match(path) and not os.path.lexists(root / path):
        return path, _OUTSIDE
    if path.startswith("/"):
        path = posixpath.normpath(path)
        if not path.startswith(start):  # by way of a link, perhaps
            path = posixpath.join(_real(posixpath.dirname(path)), posixpath.basename(path))
        if not path.startswith(start):
            return path, _OUTSIDE
        path = path[len(start) :]
    path = posixpath.normpath(path)
    if path in ("..", ".") or path.startswith("../"):
        return path, "leads out of the image root (--image-root)"
    return path, ""


def is_outside(fault: str) -> bool:
    """Whether what `below` found wrong is that a path in full leads elsewhere."""
    return fault == _OUTSIDE


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return posixpath.realpath(folder)


def posix(typed: str) -> str:
    """Return a path with slashes, also where it was written on Windows or as a file's address."""
    if typed.startswith("file://"):
        typed = unquote(typed.removeprefix("file://").removeprefix("localhost"))
        return typed.removeprefix("/") if _DRIVE.match(typed.removeprefix("/")) else typed
    if "/" not in typed or _DRIVE.match(typed):
        return typed.replace("\\", "/")
    return typed
