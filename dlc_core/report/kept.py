"""What a report says is kept: a recipe's subset, or one that came as a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.data_files import read_data
from dlc_core.decisions import Decided
from dlc_core.errors import DLCError
from dlc_core.export import read_ids
from dlc_core.file_names import printable
from dlc_core.plurals import counted
from dlc_core.recipes import Recipe, Subset, select
from dlc_core.runs import Run
from dlc_core.scores import OWN


@dataclass(frozen=True, eq=False)
class SubsetFile:
    """A subset that came as a file whose recipe is not known.

    Attributes:
        ids: (K,) kept sample ids, ascending, distinct.
        name: of the file.
    """

    ids: NDArray[np.int64]
    name: str


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept of a run's N samples.

    Attributes:
        mask: (N,) whether each sample is kept.
        excluded_mask: (N,) whether a person excluded it; all False if exclusions do not count.
        pinned_mask: (N,) the same of pins.
        excluded, pinned: how many are left out, and kept, because a person said so.
        recipe: what rebuilds it, or None if that is not known.
        honours: whether pins and exclusions count.
        source: name of the file that it came from, or "".
        remarks: what a reader should know, one sentence each.
    """

    mask: NDArray[np.bool_]
    excluded_mask: NDArray[np.bool_]
    pinned_mask: NDArray[np.bool_]
    excluded: int
    pinned: int
    recipe: Recipe | None
    honours: bool = True
    source: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Samples of the run."""
        return len(self.mask)

    @property
    def count(self) -> int:
        """Kept samples."""
        return int(np.count_nonzero(self.mask))

    @property
    def dropped(self) -> int:
        """Samples that are neither kept nor excluded."""
        return self.total - self.excluded - self.count


def kept_of(run: Run, subset: Subset | SubsetFile, decided: Decided) -> Kept:
    """Return what a subset keeps of a run.

    Args:
        run: the run that the subset was chosen from.
        subset: the subset.
        decided: the decisions that stand in the run now.

    Raises:
        DLCError: if a kept id is not in the run.
    """
    mask = _mask(run, subset.ids)
    if isinstance(subset, SubsetFile):
        return _from_file(mask, subset.name, decided)
    honours = bool(subset.pinned or subset.excluded)
    nothing = np.zeros_like(mask)
    remarks = []
    if (score := subset.recipe.score) != OWN:
        remarks.append(f"Chosen by the score {score!r}; hardness in this report is the run's own.")
    now = (decided.counts["pin"], decided.counts["exclude"])
    if honours and now != (subset.pinned, subset.excluded):
        remarks.append("Pins or exclusions have changed since this subset was chosen.")
    elif not honours and any(now):
        remarks.append(
            f"{_both(*now)} that stand in the run are not looked at; this subset is chosen "
            "without them."
        )
    return Kept(
        mask,
        decided.excluded & ~mask if honours else nothing,
        decided.pinned & mask if honours else nothing,
        excluded=subset.excluded,
        pinned=subset.pinned,
        recipe=subset.recipe,
        honours=honours or not any(now),
        remarks=tuple(remarks),
    )


def _from_file(mask: NDArray[np.bool_], name: str, decided: Decided) -> Kept:
    excluded, pinned = decided.excluded & ~mask, decided.pinned & mask
    remarks = []
    if wrong := int(np.count_nonzero(decided.excluded & mask)):
        remarks.append(f"{counted(wrong, 'sample')} in this file stand excluded in the run now.")
    if gone := int(np.count_nonzero(decided.pinned & ~mask)):
        remarks.append(f"{counted(gone, 'sample')} pinned in the run now are not in this file.")
    return Kept(
        mask,
        excluded,
        pinned,
        excluded=int(np.count_nonzero(excluded)),
        pinned=int(np.count_nonzero(pinned)),
        recipe=None,
        source=name,
        remarks=tuple(remarks),
    )


def _both(pins: int, exclusions: int) -> str:
    return f"{counted(pins, 'pin')} and {counted(exclusions, 'exclusion')}"


def _mask(run: Run, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    present = run.samples["id"].to_numpy()
    unknown = np.setdiff1d(ids, present)
    if len(unknown):
        raise DLCError(f"sample {unknown[0]} is not in {run.path}; was the subset made from it?")
    mask = np.zeros(len(present), dtype=np.bool_)
    mask[np.searchsorted(present, ids)] = True
    return mask


def subset_in_file(run: Run, path: str | Path) -> Subset | SubsetFile:
    """Return the subset in a file made by `dlc prune` or `dlc export`.

    A JSON file names its recipe; where that rebuilds these very ids from the run as it is now, the
    subset comes with it.

    Raises:
        DLCError: if the file holds no ids, or ids that the run lacks.
    """
    file = Path(path).expanduser()
    ids = read_ids(file)
    _mask(run, ids)
    recipe = _recipe_in(file)
    for decisions in (True, False) if recipe else ():
        try:
            rebuilt = select(run, **recipe, decisions=decisions)
        except DLCError:  # a score or copies that this run does not know
            break
        if np.array_equal(rebuilt.ids, ids):
            return rebuilt
    return SubsetFile(ids, printable(file.name))


def _recipe_in(file: Path) -> dict[str, Any]:
    if file.suffix.lower() != ".json":
        return {}
    try:
        values = json.loads(read_data(file))["recipe"]
        Recipe.of(values)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}  # another kind of recipe: the ids stand for themselves
    return dict(values)
