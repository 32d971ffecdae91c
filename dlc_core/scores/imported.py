"""Scores that a person brought, kept in the run as scores/NAME.parquet."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dlc_core.atomic_files import remove_summed, write_parquet
from dlc_core.errors import DLCError, refused
from dlc_core.plurals import counted
from dlc_core.runs import Run
from dlc_core.safe_reading import parquet_rows
from dlc_core.scores.registry import FOLDER, SCORES, SUFFIX, check_score_name, kept_file


def stored_scores(run: Run) -> list[str]:
    """Return the names of the scores that are kept in a run and fit its samples, sorted."""
    found = []
    for file in sorted((run.path / FOLDER).glob(f"*{SUFFIX}")):
        name = file.name.removesuffix(SUFFIX)
        try:
            _check(name)
        except DLCError:
            continue  # not of our making
        if parquet_rows(file) == len(run.samples):
            found.append(name)
    return found


def import_scores(run: Run, name: str, values: ArrayLike) -> bool:
    """Keep scores of a person's own in a run; one of the same name is replaced.

    Args:
        run: that they are about.
        name: letters, digits, '-', '_' and '.', at most 40; not one of SCORES.
        values: (N,) finite numbers in the order of run.samples, higher = harder; those of a file
            come from `dlc_core.export.read_scores`.

    Returns:
        Whether it replaced one.

    Raises:
        DLCError: if the name cannot be, a value is not finite, there are not N of them, or the
            file cannot be written.
    """
    _check(name)
    return keep(run, name, values)


def keep(run: Run, name: str, values: ArrayLike) -> bool:
    """Keep scores under whatever name; see `import_scores`."""
    scores = np.asarray(values, dtype=np.float64)
    if scores.shape != (len(run.samples),):
        raise DLCError(
            f"expected one score for each of {counted(len(run.samples), 'sample')}, got "
            f"{scores.shape}."
        )
    bad = int(np.count_nonzero(~np.isfinite(scores)))
    if bad:
        raise DLCError(f"scores must be finite, got {bad:,} that are not; mend them.")
    file = kept_file(run, name)
    replaced = file.is_file()
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        table = pd.DataFrame({"id": run.samples["id"].to_numpy(), "score": scores})
        write_parquet(file, table, summed=True)
    except OSError as error:
        raise DLCError(refused(file, error)) from error
    return replaced


def delete_scores(run: Run, name: str) -> None:
    """Remove a score of a person's own.

    Raises:
        DLCError: if there is none of this name, or it cannot be removed.
    """
    _check(name)
    file = kept_file(run, name)
    try:
        remove_summed(file)
    except FileNotFoundError as error:
        raise DLCError(
            f"{run.path} keeps no score named {name!r}; dlc scores lists those that it has."
        ) from error
    except OSError as error:
        raise DLCError(refused(file, error, act="remove")) from error


def _check(name: str) -> None:
    check_score_name(name)
    if name in SCORES:
        raise DLCError(f"the score {name!r} is the run's own; choose another name.")
