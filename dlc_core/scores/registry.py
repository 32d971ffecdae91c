"""The scores that a run's own files give."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.issues import read_issues, read_neighbours
from dlc_core.issues.stored import DISTANCES_FILE, KINDS_FILE, NEIGHBOURS_FILE
from dlc_core.needs import require
from dlc_core.parquet import require_room
from dlc_core.plugins import with_plugins
from dlc_core.runs import Run
from dlc_core.safe_reading import parquet_rows, read_parquet

GROUP = "dlc.scores"  # entry points of other packages
OWN = "score"  # the run's own column: DLC, plain or calibrated
PROBE = "probe"  # of the linear probe; made once, then kept like one that a person brought
FOLDER = "scores"
SUFFIX = ".parquet"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True)
class Score:
    """One way to order samples by hardness.

    Attributes:
        description: half a sentence on what it is.
        values: run -> (N,) float64, higher = harder; None if the run does not have what it needs.
        there: whether it has, found out without computing.
        otherwise: half a sentence on what to do if not.
        needs: keys of `dlc_core.needs.NEEDS` without which it says nothing.
    """

    description: str
    values: Callable[[Run], NDArray[np.float64] | None]
    there: Callable[[Run], bool] = lambda _run: True
    otherwise: str = "look at what its package says"
    needs: tuple[str, ...] = ()


def check_score_name(name: str) -> None:
    """Refuse a name that a score cannot have.

    Raises:
        DLCError: with what came and what was expected.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DLCError(
            "a score's name must be letters, digits, '-', '_' and '.', at most 40, not with a "
            f"'-' or '.' first, got {name!r}."
        )


def require_score(run: Run, name: str) -> None:
    """Refuse a score that says nothing on a run.

    Args:
        run: that it would be of.
        name: a key of `all_scores`.

    Raises:
        DLCError: with what the run lacks.
    """
    what = f"the score {name!r}"
    require(run, what, all_scores()[name].needs, instead="order by its own score")


def own(run: Run) -> NDArray[np.float64]:
    """Return (N,) the run's own score."""
    return run.samples["score"].to_numpy(dtype=np.float64)


def unmasked(run: Run) -> NDArray[np.float64] | None:
    """Return (N,) the loss -log softmax_c(1 / d_c) under mask 0, which masks nothing.

    That is the score of a schedule of T = 1; from losses.npy, so with the precision of float32.
    """
    run.require("losses.npy")
    return np.asarray(run.losses[0], dtype=np.float64) if _has_unmasked(run) else None


def _has_unmasked(run: Run) -> bool:
    ratio = run.info["masking"]["mask_ratio"]
    if 0 not in run.masks_done or not ratio or ratio[0] != 0:
        return False
    try:
        return run.losses.shape[1:] == (len(run.samples),)
    except DLCError:  # damaged, which is said where losses are looked at
        return False


def suspicion(run: Run) -> NDArray[np.float64] | None:
    """Return (N,) how suspicious each label is, in [0, 1]."""
    run.require(KINDS_FILE)
    issues = read_issues(run)
    return None if issues is None else issues["suspicion"].to_numpy(dtype=np.float64)


def neighbours(run: Run) -> NDArray[np.float64] | None:
    """Return (N,) m + r: m of the k nearest neighbours in feature space are of another class.

    Most samples share their m with many, so r in [0, 1) orders those by their mean distance to
    the neighbours: of two, the lonelier one is the harder. Equal distances have equal r.
    """
    run.require(NEIGHBOURS_FILE, DISTANCES_FILE)
    found = read_neighbours(run)
    if found is None or not found[0].shape[1]:
        return None
    rows, distances = found
    class_ids = run.samples["class_id"].to_numpy()
    others = np.count_nonzero(class_ids[rows] != class_ids[:, None], axis=1)
    different, place = np.unique(distances.mean(axis=1, dtype=np.float64), return_inverse=True)
    return np.asarray(others + place / len(different), dtype=np.float64)


def kept_file(run: Run, name: str) -> Path:
    """Return where a score is kept that is no column of the run's own files."""
    return run.path / FOLDER / f"{name}{SUFFIX}"


def read_kept(run: Run, name: str) -> NDArray[np.float64] | None:
    """Return (N,) a kept score in the order of run.samples; None if there is none of this name.

    Raises:
        DLCError: if its file is damaged or of other samples.
    """
    file = kept_file(run, name)
    run.require(f"{FOLDER}/{file.name}")
    require_room(file, columns=["id", "score"])
    try:
        table = read_parquet(file, ["id", "score"])
        values = table["score"].to_numpy(dtype=np.float64)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DLCError(
            f"cannot read {file}: it is damaged; bring or make the score again."
        ) from error
    order = np.argsort(table["id"].to_numpy(), kind="stable")
    if not np.array_equal(table["id"].to_numpy()[order], run.samples["id"].to_numpy()):
        raise DLCError(f"{file} is of other samples than the run's; bring or make the score again.")
    if not np.isfinite(values).all():
        raise DLCError(f"{file} holds scores that are not finite; bring or make the score again.")
    return values[order]


SCORES: dict[str, Score] = {
    OWN: Score(
        "the run's own score: the mean loss over the masks (DLC), plain or calibrated",
        own,
        lambda _: True,
        "score the data with dlc score",
    ),
    "unmasked": Score(
        "the loss of the unmasked backbone, what a single mask gives",
        unmasked,
        _has_unmasked,
        "it is there as soon as the first mask is done; go on with dlc score --resume",
    ),
    "suspicion": Score(
        "how suspicious the label is: classifiers that did not see the sample find another class",
        suspicion,
        lambda run: parquet_rows(run.path / KINDS_FILE) == len(run.samples),
        "find it with dlc kinds",
        needs=("classes",),
    ),
    "neighbours": Score(
        "how many of the nearest neighbours are of another class; equal numbers by distance",
        neighbours,
        lambda run: read_neighbours(run) is not None,
        "find them with dlc kinds",
        needs=("classes",),
    ),
    PROBE: Score(
        "how much a linear probe prefers another class, had it not seen the sample",
        lambda run: read_kept(run, PROBE),
        lambda run: parquet_rows(kept_file(run, PROBE)) == len(run.samples),
        "make it with dlc scores RUN --make probe",
        needs=("classes", "features"),
    ),
}


def all_scores() -> dict[str, Score]:
    """Return all scores by name; a plug-in that cannot be loaded is passed over."""
    return with_plugins(GROUP, SCORES, Score)
