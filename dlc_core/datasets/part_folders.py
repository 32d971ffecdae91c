"""Which folders are parts of a data set (Training, seg_test …), and which are classes.

A name alone does not say: `train` may be a class among vehicles. So what is in the folders counts,
too: parts hold class folders, mostly the same ones, and each is another part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from dlc_core.datasets.splits import OTHER, SPLITS, PartName, part_of, split_of
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

CLASSES = "none"  # --split none: no folder is a part
_SHARED = 0.5  # share of the smaller folder's classes that two parts have in common at least
_ORDER = (*SPLITS, OTHER)
_LISTED = 5


class Top(NamedTuple):
    """A folder directly below the root, with images in it.

    Attributes:
        name: of the folder.
        inner: its own folders that hold images.
        flat: whether images lie directly in it.
    """

    name: str
    inner: frozenset[str]
    flat: bool


@dataclass(frozen=True)
class Parts:
    """What is a part.

    Attributes:
        folders: what `--split` calls a part -> its folder; empty where all folders are classes.
        guessed: the same for folders that only their names call parts.
        notes, cautions: in sentences.
    """

    folders: Mapping[str, str] = field(default_factory=dict)
    guessed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


def parts_among(tops: Sequence[Top], *, labelled: bool = True) -> Parts:
    """Tell which folders are parts.

    Args:
        tops: the folders below a root that hold images.
        labelled: whether classes are looked for; without, parts need no class folders.
    """
    named = {top: said for top in tops if (said := part_of(top.name))}
    kinds = {said.part for said in named.values()} - {OTHER}
    if not kinds:
        return Parts()
    others = [top for top in tops if top not in named]
    guessed = called({top.name: said.part for top, said in named.items()})
    if not _sure(named, others, kinds, labelled=labelled):
        nested = any(top.inner for top in named)
        caution = _unsure(guessed) if nested or len(kinds) > 1 else ""
        return Parts(guessed=guessed, cautions=(caution,) if caution else ())
    also = [top for top in others if any(_share(top, one) for one in named)]
    folders = {**guessed, **{top.name: top.name for top in also}}
    beside = [top.name for top in others if top not in also]
    return Parts(
        folders,
        guessed,
        _read(folders),
        (_beside(beside),) if beside else (),
    )


def pick_part(parts: Parts, tops: Sequence[Top], asked: str | None, where: str) -> tuple[str, str]:
    """Return which part to take: what it is called, and its folder.

    Args:
        parts: from `parts_among`.
        tops: the folders it was given.
        asked: what a person asked for; None takes train, else the first.
        where: the data, for the sentence.

    Raises:
        DLCError: if that part is not there, or it cannot be told which.
    """
    if asked is None:
        first = next(iter(parts.folders))
        if len(parts.folders) > 1 and split_of(first) != "train" and any(
            (said := part_of(name)) and said.part == "train" for name in parts.folders.values()
        ):  # fmt: skip
            listed = _listed(list(parts.folders))
            raise DLCError(f"{where} has the parts {listed}; choose one with --split.")
        return first, parts.folders[first]
    known = {**{top.name: top.name for top in tops}, **parts.guessed, **parts.folders}
    for wanted in (asked, split_of(asked)):
        if wanted in known:
            return wanted, known[wanted]
    there = list(parts.folders or parts.guessed)
    has = f"it has {_listed(there)}" if there else "none of its folders is called like a part"
    raise DLCError(
        f"no split {asked!r} in {where}: {has}; expected one of them, a folder's name, or "
        f"{CLASSES} where all folders are classes."
    )


def _sure(
    named: Mapping[Top, PartName], others: Sequence[Top], kinds: set[str], *, labelled: bool
) -> bool:
    alone = len(named) == 1 and not others
    nested = [top for top in named if top.inner]
    if not nested:
        flat = split_of(next(iter(named)).name) is not None if alone else len(kinds) > 1
        return flat and not others and (alone or not labelled)
    if alone:
        return True
    shared = any(_share(one, another) for one, another in combinations(nested, 2))
    alike = len(kinds) > 1 and len({said.rest for said in named.values()}) == 1
    if others:
        same = any(_share(other, top) for other in others for top in nested)
        fewer = len(others) <= len(named) and any(len(top.inner) > 1 for top in nested)
        return same or (len(kinds) > 1 and shared) or (alike and fewer)
    return alike or (len(kinds) > 1 and shared)


def _share(one: Top, another: Top) -> bool:
    fewest = min(len(one.inner), len(another.inner))
    return fewest > 0 and len(one.inner & another.inner) >= _SHARED * fewest


def called(kinds: Mapping[str, str]) -> dict[str, str]:
    """Return what each part is called: train, val or test, or its own name; in that order.

    Args:
        kinds: folder -> its part, or OTHER.

    Returns:
        What it is called -> the folder; several of one kind have their own names.
    """
    found: dict[str, str] = {}
    for kind in _ORDER:
        usual = [*SPLITS.get(kind, ())]
        mine = sorted(
            (name for name, one in kinds.items() if one == kind),
            key=lambda name: ([*usual, name.lower()].index(name.lower()), name),
        )
        plain = mine[:1] if kind != OTHER and (len(mine) == 1 or any(map(split_of, mine))) else []
        found |= dict(zip([kind], plain, strict=False))
        found |= {name: name for name in mine if name not in plain}
    return found


def _read(folders: Mapping[str, str]) -> tuple[str, ...]:
    said = [
        f"{name} as {call}" for call, name in folders.items() if call not in (name, split_of(name))
    ]
    if not said:
        return ()
    return (
        f"folders are read as parts: {_listed(said)} (--split {CLASSES} reads them as classes)",
    )


def _unsure(guessed: Mapping[str, str]) -> str:
    names, first = _listed(list(guessed.values())), printable(next(iter(guessed)))
    if len(guessed) == 1:
        return (
            f"The folder {names} is named like a part of a data set and read as a class; if it is "
            f"a part, choose it with --split {first}."
        )
    return (
        f"The folders {names} are named like parts of a data set and read as classes; if they are "
        f"parts, choose one with --split {first}."
    )


def _beside(names: Sequence[str]) -> str:
    one = "one" if len(names) > 1 else "it"
    return (
        f"Left out beside the parts: {_listed(list(names))}; take {one} with "
        f"--split {printable(names[0])}, or read all folders as classes with --split {CLASSES}."
    )


def _listed(names: Sequence[str]) -> str:
    some = ", ".join(printable(name)[:60] for name in names[:_LISTED])
    return some + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
