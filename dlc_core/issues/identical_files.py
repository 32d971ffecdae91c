"""Files with the same bytes, found without reading most of them, and leaks between splits."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path

from dlc_core.datasets.image_formats import IMAGE_SUFFIXES
from dlc_core.datasets.splits import PartName, part_of
from dlc_core.file_names import printable

_HEAD = 1 << 14  # bytes read first: different pictures differ early
_ABOVE = 4  # folders that are looked into for parts: a part may lie in a folder of its own


def size_of(path: str) -> int | None:
    """Return a file's bytes, or None if it is not there or empty."""
    try:
        return os.stat(path).st_size or None  # noqa: PTH116 - a million times, without a Path
    except (OSError, ValueError):
        return None


def _head(path: str) -> bytes | None:
    return _digest(path, _HEAD)


def _whole(path: str) -> bytes | None:
    return _digest(path, None)


def _digest(path: str, limit: int | None) -> bytes | None:
    try:
        with Path(path).open("rb") as file:
            if limit is not None:
                return hashlib.blake2b(file.read(limit), digest_size=16).digest()
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()
    except (OSError, ValueError):
        return None


# From cheap to dear; a file is read on only while another agrees with it so far.
_LOOKS: tuple[Callable[[str], Hashable | None], ...] = (size_of, _head, _whole)


def identical(groups: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Split groups of files into those whose bytes are the same; single files fall out.

    Args:
        groups: absolute paths, each group looked at alone; unreadable files fall out.

    Yields:
        Two paths or more with the same size and the same 128-bit BLAKE2b digest.
    """
    remaining: Iterable[Sequence[str]] = groups
    for look in _LOOKS:
        remaining = _split(remaining, look)
    for group in remaining:
        yield list(group)


def _split(
    groups: Iterable[Sequence[str]], look: Callable[[str], Hashable | None]
) -> Iterator[Sequence[str]]:
    for group in groups:
        found: dict[Hashable, list[str]] = defaultdict(list)
        for path in group if len(group) > 1 else ():
            key = look(path)
            if key is not None:
                found[key].append(path)
        yield from (paths for paths in found.values() if len(paths) > 1)


def sibling_splits(root: str) -> list[Path]:
    """Return the folders of the other parts (train, val, test, …) beside that of a part.

    Args:
        root: the folder that was scored; it may be the only one in the part's folder, as in
            seg_train/seg_train.
    """
    folder = Path(root)
    for _ in range(_ABOVE if root else 0):
        try:
            beside = [one for one in folder.parent.iterdir() if one.name[0] != "." and one.is_dir()]
        except OSError:
            return []
        mine = part_of(folder.name)
        parts = [one for one in beside if mine and _another(part_of(one.name), mine)]
        if parts or len(beside) > 1:
            return sorted(parts)
        folder = folder.parent
    return []


def _another(said: PartName | None, mine: PartName) -> bool:
    return said is not None and said.part != mine.part and said.rest == mine.rest


def leaks(root: str, paths: Sequence[str]) -> dict[str, str]:
    """Return which samples are also in another split, byte for byte.

    Args:
        root: the folder of the scored split.
        paths: of the samples, relative to it.

    Returns:
        sample path -> the first such file in sorted order, relative to the folder of the splits.
    """
    parts = sibling_splits(root)
    others = [path for folder in parts for path in _images(folder)]
    if not others:
        return {}
    own = {os.path.join(root, path): path for path in paths}  # noqa: PTH118
    above = parts[0].parent
    found: dict[str, str] = {}
    for group in _shared_sizes(list(own), others):
        for same in identical([group]):
            elsewhere = sorted(path for path in same if path not in own)
            if elsewhere:
                shown = printable(Path(elsewhere[0]).relative_to(above).as_posix())
                found.update({own[path]: shown for path in same if path in own})
    return found


def _shared_sizes(own: list[str], others: list[str]) -> Iterator[list[str]]:
    """Group files by size, where both sides have files of that size."""
    sizes: dict[int, list[str]] = defaultdict(list)
    for path in own:
        if (size := size_of(path)) is not None:
            sizes[size].append(path)
    elsewhere: dict[int, list[str]] = defaultdict(list)
    for path in others:
        size = size_of(path)
        if size in sizes:
            elsewhere[size].append(path)
    return (sizes[size] + paths for size, paths in elsewhere.items())


def _images(folder: Path) -> Iterator[str]:
    """Walk a folder's images in sorted order; links to folders are followed once."""
    seen: set[str] = set()
    for place, below, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(tuple(IMAGE_SUFFIXES)) and not name.startswith("."):
                yield os.path.join(place, name)  # noqa: PTH118
