"""Which folder holds the classes: the one that was named, a part of it, or the only one inside."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dlc_core.data_roots import is_allowed
from dlc_core.datasets.files_below import shown
from dlc_core.datasets.image_formats import NOT_READ, ending_of, looks_like_image
from dlc_core.datasets.part_folders import CLASSES, Parts, Top, parts_among, pick_part
from dlc_core.datasets.splits import part_of
from dlc_core.file_names import printable

_DEEPEST = 6  # folders within folders that are looked into
_MOST = 20_000  # entries of a folder without an image after which it counts as one that has some


@dataclass(frozen=True)
class Place:
    """Where the classes are.

    Attributes:
        root: the folder of the class folders.
        name: of the data, for people.
        split: the part that it is, or None.
        splits: the parts that there are.
        notes, cautions: in sentences.
    """

    root: Path
    name: str
    split: str | None = None
    splits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


def place_of_classes(root: Path, split: str | None, *, labelled: bool = True) -> Place:
    """Return where the classes are.

    Args:
        root: what a person named.
        split: the part that is asked for; None takes train where there are parts, "none" the root
            as it is.
        labelled: whether classes are looked for, not images alone.

    Raises:
        DLCError: if there is no such part, or it cannot be told which to take.
    """
    if split == CLASSES:
        return Place(root, _name(root))
    place = root
    stepped: list[str] = []
    while True:
        tops = tops_of(place)
        parts = parts_among(tops, labelled=labelled)
        if parts.folders or split in {top.name for top in tops} or (split and parts.guessed):
            return _part(place, tops, parts, split, stepped)
        if (step := _wrapping(place, tops)) is None:
            break
        place, stepped = place / step, [*stepped, step]
    if split is not None:
        pick_part(parts, tops, split, shown(place))  # says what there is
    if not labelled:  # all images of the tree
        return Place(root, _name(root))
    return Place(place, _name(place), notes=_stepped(stepped), cautions=parts.cautions)


def _part(
    above: Path, tops: list[Top], parts: Parts, asked: str | None, stepped: list[str]
) -> Place:
    split, folder = pick_part(parts, tops, asked, shown(above))
    root = above / folder
    inside: list[str] = []
    while (step := _wrapping(root, tops_of(root))) is not None:
        root, inside = root / step, [*inside, step]
    name = printable(f"{above.name}/{folder}")
    return Place(
        root,
        name,
        split,
        tuple(map(printable, parts.folders or parts.guessed)),
        (*_stepped([*stepped, folder, *inside] if inside else stepped), *parts.notes),
        parts.cautions if asked is None else (),
    )


def _name(root: Path) -> str:
    """Return a short name; "train" alone would not say of what."""
    return printable(f"{root.parent.name}/{root.name}" if part_of(root.name) else root.name)


def _stepped(folders: list[str]) -> tuple[str, ...]:
    if not folders:
        return ()
    below = printable("/".join(folders))
    return (f"the class folders are those in {below}, the only folder there with images",)


def tops_of(root: Path) -> list[Top]:
    """Return the folders below a root that hold images; what is in them only where it matters."""
    names = folders_in(root)
    holding = [name for name in names if _holds(root / name)]
    if len(holding) != 1 and not any(part_of(name) for name in holding):
        return [Top(name, frozenset(), True) for name in holding]
    return [_top(root, name) for name in holding]


def _top(root: Path, name: str) -> Top:
    folder = root / name
    inner = frozenset(one for one in folders_in(folder) if _holds(folder / one))
    return Top(name, inner, _flat(folder))


def _wrapping(root: Path, tops: list[Top]) -> str | None:
    """Return the only folder with images, if what is in it are the class folders."""
    if len(tops) != 1 or _flat(root) or tops[0].flat or not tops[0].inner:
        return None
    beside = [root / name for name in folders_in(root) if name != tops[0].name]
    if any(_maybe_class(folder) for folder in beside):
        return None
    folder, inner = root / tops[0].name, tops_of(root / tops[0].name)
    if len(inner) > 1 or part_of(inner[0].name):
        return tops[0].name
    return tops[0].name if _wrapping(folder, inner) else None


def _maybe_class(folder: Path) -> bool:
    """Whether a folder without images may be a class: empty, or of pictures that are not read."""
    endings = {ending_of(entry.name) for entry in _entries(folder)}
    return not endings or not endings.isdisjoint(NOT_READ)


def _flat(folder: Path) -> bool:
    return any(looks_like_image(entry.name) and not is_dir(entry) for entry in _entries(folder))


def _holds(folder: Path, depth: int = 0) -> bool:
    """Whether there is an image in a folder, or below it; so many other files count as one."""
    below = []
    for number, entry in enumerate(_entries(folder)):
        if is_dir(entry):
            below += [] if entry.is_symlink() else [entry.name]  # no loops
        elif looks_like_image(entry.name) or number > _MOST:
            return True
    return depth < _DEEPEST and any(_holds(folder / name, depth + 1) for name in below)


def folders_in(folder: Path) -> list[str]:
    """Return the names of the folders in one, in order, without hidden ones and litter."""
    return sorted(entry.name for entry in _entries(folder) if is_dir(entry))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    if not is_allowed(folder):
        return
    with contextlib.suppress(OSError), os.scandir(folder) as entries:  # listing says why
        yield from (entry for entry in entries if not ignored(entry.name))


def is_dir(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def ignored(name: str) -> bool:
    """Whether an entry is hidden, or litter of an operating system."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")
