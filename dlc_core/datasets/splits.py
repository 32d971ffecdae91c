"""The names that data sets give their parts."""

from __future__ import annotations

import re
from typing import NamedTuple

SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


def split_of(name: str) -> str | None:
    """Return "train", "val" or "test" for any usual name of it; None for another."""
    wanted = name.strip().lower()
    return next((split for split, names in SPLITS.items() if wanted in names), None)


class PartName(NamedTuple):
    """What the name of a folder says: which part it is, and the words that are left of it."""

    part: str
    rest: tuple[str, ...]


OTHER = "other"  # a part that is none of the three: what a model is to predict, what has no labels
_WORDS = {
    "train": (*SPLITS["train"], "trainset", "traindata", "trainval", "trn"),
    "val": (*SPLITS["val"], "validate", "validating", "valset", "devset", "development"),
    "test": (*SPLITS["test"], "testset", "testdata", "tst", "eval", "evaluation", "holdout"),
    OTHER: ("pred", "predict", "prediction", "predictions", "inference", "unlabeled", "unlabelled"),
}
_FILLING = frozenset(
    "set sets data dataset images image imgs img pics pictures photos samples folder dir split "  # noqa: SIM905
    "splits part jpg jpeg png".split()
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\da-zA-Z_]+")  # numbers say nothing


def part_of(name: str) -> PartName | None:
    """Return what part a folder's name says it is, in any capitals and affixes; None for others.

    "train" may be the name of a class, too, and so may "steam train": whether a folder is a part
    is decided by what is beside it and in it.

    Args:
        name: such as "Training", "seg_train", "test_set", "ValidationImages2017".
    """
    words = [word.lower() for word in _WORD.findall(name)]
    said = [part for word in words for part, names in _WORDS.items() if word in names]
    parts = {"train"} if set(said) == {"train", "val"} else set(said)  # train_val
    if len(parts) != 1:
        return None
    known = {word for names in _WORDS.values() for word in names}
    rest = tuple(word for word in words if word not in known and word not in _FILLING)
    return PartName(parts.pop(), rest)


def pick_split(there: list[str], asked: str | None, *, where: str) -> tuple[str | None, list[str]]:
    """Return which part to take: its plain name, and what the data calls it.

    Args:
        there: the parts, as the data calls them; none = it has none.
        asked: what a person asked for; None takes train, or the only part.
        where: the data, for the sentence.

    Raises:
        DLCError: if that part is not there, or it cannot be told which.
    """
    from dlc_core.errors import DLCError

    listed = ", ".join(there[:10]) + (" …" if len(there) > 10 else "")
    if asked is None:
        found = [name for name in there if split_of(name) == "train"]
        if not found and len(there) > 1:
            raise DLCError(f"{where} has the parts {listed}; choose one with --split.")
        found = found or there
        return (split_of(found[0]) or found[0], found) if found else (None, [])
    exact = [name for name in there if name == asked]
    found = exact or [name for name in there if split_of(name) == (split_of(asked) or asked)]
    if not found:
        has = f"it has {listed}" if there else "it has no parts"
        raise DLCError(f"{where} has no split {asked!r}; {has}.")
    return split_of(found[0]) or found[0], found
