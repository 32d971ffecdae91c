"""Where the images of a table are: relative to a folder, or named in full."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from dlc_core.data_roots import given_roots, require_below
from dlc_core.datasets.files import existing_folder, shown

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
    folder = existing_folder(Path(common), expected="the folder of the table's images")
    if folder.is_relative_to(own):
        return own
    if roots := given_roots():
        require_below(folder, roots, told=roots)
    return folder


def below(root: Path, typed: str) -> tuple[str, str]:
    """Return a path relative to the root in POSIX form, and what is wrong with it."""
    start = f"{str(root).rstrip('/')}/"
    path = posix(typed)
    if path.startswith("/"):
        path = posixpath.normpath(path)
        if not path.startswith(start):  # by way of a link, perhaps
            path = posixpath.join(_real(posixpath.dirname(path)), posixpath.basename(path))
        if not path.startswith(start):
            return path, (
                f"lies outside the image root {shown(root)}; name the folder that all paths start "
                "from (--image-root, Paths start from)"
            )
        path = path[len(start) :]
    path = posixpath.normpath(path)
    if path in ("..", ".") or path.startswith("../"):
        return path, "leads out of the image root (--image-root)"
    return path, ""


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return posixpath.realpath(folder)


def posix(typed: str) -> str:
    """Return a path with slashes, also where it was written on Windows."""
    return typed if "/" in typed else typed.replace("\\", "/")
