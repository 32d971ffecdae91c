"""Where the class folders are among the paths below an address."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from dlc_core.datasets.image_formats import ending_of
from dlc_core.datasets.part_folders import CLASSES, Parts, Top, parts_among, pick_part


@dataclass(frozen=True)
class RemotePlace:
    """Where the class folders are: the folder below the root, with a slash, and what part it is."""

    folder: str
    split: str | None
    parts: Parts


def place_among(found: dict[str, int], asked: str | None, text: str) -> RemotePlace:
    """Return where the class folders are, as for a folder of this machine."""
    folder, parts = "", Parts()
    while asked != CLASSES:
        tops = _tops(below_folder(found, folder))
        parts = parts_among(tops)
        there = asked in {top.name for top in tops} or (asked is not None and parts.guessed)
        if parts.folders or there:
            split, name = pick_part(parts, tops, asked, text)
            return RemotePlace(f"{folder}{name}/", split, parts)
        if len(tops) != 1 or tops[0].flat or not tops[0].inner:
            if asked is not None:
                pick_part(parts, tops, asked, text)  # says what there is
            return RemotePlace(folder if len(tops) > 1 else "", None, parts)
        folder += f"{tops[0].name}/"
    return RemotePlace("", None, Parts())


def _tops(paths: dict[str, int]) -> list[Top]:
    inner: dict[str, set[str]] = {}
    flat = set()
    for path in paths:
        first, *rest = path.split("/", 2)
        inner.setdefault(first, set()).update(rest[:1] if len(rest) > 1 else ())
        if len(rest) == 1:
            flat.add(first)
    return [
        Top(name, frozenset(below), name in flat)
        for name, below in sorted(inner.items())
        if below or name in flat
    ]


def empty_among(left: dict[str, int], names: list[str]) -> dict[str, Counter[str]]:
    """Return the folders without an image, each with what is in it instead."""
    found: dict[str, Counter[str]] = {}
    for path in left:
        first, slash, _ = path.partition("/")
        if slash and first not in names:
            found.setdefault(first, Counter())[ending_of(path)] += 1
    return found


def below_folder(paths: dict[str, int], folder: str) -> dict[str, int]:
    """Return what lies below a folder, by the path from there."""
    return {path[len(folder) :]: size for path, size in paths.items() if path.startswith(folder)}
