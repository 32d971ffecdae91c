"""Paths that were written on another machine, found below a folder of this one by their ends."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path


def by_tails(root: Path, paths: Iterable[str]) -> Mapping[str, str]:
    """Return where paths of another machine are below a folder, as far as that can be told.

    Each is found by its longest end that is there: /home/ann/set/cat/1.png is ROOT/cat/1.png where
    ROOT has that and no set/cat/1.png. What had to be cut off one path is cut off all that begin
    so, be their files there or not.

    Args:
        root: the folder.
        paths: in POSIX form, in full or not.

    Returns:
        path -> its end, relative to the root; those that nothing is known of are left out.
    """
    found: dict[str, str] = {}
    starts: dict[tuple[str, ...], None] = {}
    parted = {path: _parts(path) for path in paths}
    for path, parts in parted.items():
        end = _known(parts, starts) or _longest(root, parts)
        if end is not None:
            found[path] = "/".join(end)
            starts.setdefault(parts[: len(parts) - len(end)])
    for path, parts in parted.items():
        end = None if path in found else _known(parts, starts)
        if end is not None:
            found[path] = "/".join(end)
    return found


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in posixpath.normpath(path).split("/") if part not in ("", ".."))


def _known(
    parts: tuple[str, ...], starts: Mapping[tuple[str, ...], None]
) -> tuple[str, ...] | None:
    for start in starts:
        if parts[: len(start)] == start and len(parts) > len(start):
            return parts[len(start) :]
    return None


def _longest(root: Path, parts: tuple[str, ...]) -> tuple[str, ...] | None:
    for place in range(len(parts)):
        if os.path.isfile(root.joinpath(*parts[place:])):  # noqa: PTH113 - False for any bad name
            return parts[place:]
    return None
