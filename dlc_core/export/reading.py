"""Reading back: the ids of a subset made earlier, and scores or groups made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.export.formats import EXPORTERS, format_of
from dlc_core.runs import Run

_KEYS = ("id", "path")
_NO_SCORES = ("class_id", "rank", "class_rank", "percentile", "width", "height")
_T = TypeVar("_T")


def read_ids(path: str | Path) -> NDArray[np.int64]:
    """Return the sorted ids in a subset file of any format that can be read back.

    A column `status` (of an export of both parts, or FiftyOne's tags) tells which ones are kept.

    Raises:
        DLCError: if the file cannot be read as what its suffix says, or keeps nothing.
    """
    file = Path(path).expanduser()
    read = EXPORTERS[format_of(file)].ids
    ids = _read(file, read, expected="a subset made by dlc prune", lacks="column of sample ids")
    return np.unique(ids)


def read_scores(path: str | Path, run: Run, *, column: str | None = None) -> NDArray[np.float64]:
    """Return scores made elsewhere, one for each sample of a run; higher = harder.

    Args:
        path: a CSV, Parquet, JSON or JSONL table with a column `id` or `path`, and the scores;
            where it has both, samples are found by path.
        run: that the scores are about.
        column: name of the scores; None for "score", or for the only column of numbers.

    Returns:
        (N,) finite float64, in the order of run.samples.

    Raises:
        DLCError: if the table lacks a sample, holds one twice or one that the run lacks, or a score
            is no finite number.
    """
    file = Path(path).expanduser()
    table, key = _table(file, "scores")
    name = _score_column(table, column, file)
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    rows = _rows(table[key], run.samples[key], key, file, run)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise DLCError(
            f"{file}: the {name} of {key} {table[key].tolist()[bad[0]]!r} is no finite number "
            f"({len(bad):,} in all); mend or remove it."
        )
    scores = np.full(len(run.samples), np.nan)
    scores[rows] = values
    return scores


def read_groups(path: str | Path, run: Run, *, column: str = "group") -> tuple[str, ...]:
    """Return the group (a patient, a product) of each sample of a run, in the order of run.samples.

    Args:
        path: a CSV, Parquet, JSON or JSONL table with a column `id` or `path`, and the groups.
        run: that the groups are of.
        column: name of the groups.

    Raises:
        DLCError: if the table lacks a sample or its group, or holds one twice or one that the run
            lacks.
    """
    file = Path(path).expanduser()
    table, key = _table(file, "groups")
    if column not in table:
        raise DLCError(f"{file} has no column {column!r}; it has {_listed(table)}.")
    missing = np.flatnonzero(table[column].isna())
    if len(missing):
        raise DLCError(
            f"{file}: {key} {table[key].tolist()[missing[0]]!r} has no {column} "
            f"({len(missing):,} in all); give every sample one."
        )
    rows = _rows(table[key], run.samples[key], key, file, run)
    groups = np.empty(len(rows), dtype=object)
    groups[rows] = table[column].astype(str).to_numpy()
    return tuple(groups.tolist())


def _table(file: Path, what: str) -> tuple[pd.DataFrame, str]:
    """Return a table about samples, and the name of its column that says which they are."""
    found = EXPORTERS[format_of(file)]
    if found.table is None or file.suffix.lower() == ".npy":
        raise DLCError(f"{file} holds no names of samples; expected a table with id or path.")
    table = _read(file, found.table, expected=f"a table of {what}", lacks=f"table of {what}")
    key = next((name for name in reversed(_KEYS) if name in table), None)
    if key is None:
        raise DLCError(
            f"{file} says of no sample which it is; expected a column id or path, got "
            f"{_listed(table)}."
        )
    return table, key


def _read(file: Path, read: Callable[[bytes], _T], *, expected: str, lacks: str) -> _T:
    try:
        return read(file.read_bytes())
    except FileNotFoundError as error:
        raise DLCError(f"no such file: {file}; expected {expected}.") from error
    except DLCError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise DLCError(f"{file} holds no {lacks}; expected {expected}.") from error


def _score_column(table: pd.DataFrame, column: str | None, file: Path) -> str:
    if column is not None:
        if column not in table:
            raise DLCError(f"{file} has no column {column!r}; it has {_listed(table)}.")
        return column
    numbers = [
        str(name)
        for name in table
        if pd.api.types.is_numeric_dtype(table[name]) and name not in (*_KEYS, *_NO_SCORES)
    ]
    if "score" in table:
        return "score"
    if len(numbers) != 1:
        raise DLCError(
            f"{file} has no column score, and {len(numbers)} others of numbers; say which of "
            f"{_listed(table)} holds the scores."
        )
    return numbers[0]


def _listed(table: pd.DataFrame) -> str:
    return ", ".join(map(repr, table.columns[:20])) or "none"


def _rows(
    given: pd.Series, known: pd.Series, key: str, file: Path, run: Run
) -> NDArray[np.int64]:  # fmt: skip
    """Return the row in the run of each row of the table; each row of the run once."""
    if key == "id":
        given = pd.to_numeric(given, errors="coerce")
    twice = given[given.duplicated()]
    if len(twice):
        raise DLCError(
            f"{file} has {key} {twice.tolist()[0]!r} more than once; keep one row of each."
        )
    rows = pd.Index(known).get_indexer(pd.Index(given))
    unknown = np.flatnonzero(rows < 0)
    if len(unknown):
        raise DLCError(
            f"{file} has {key} {given.tolist()[unknown[0]]!r}, which is not in {run.path} "
            f"({len(unknown):,} in all); remove what is not of this run."
        )
    if len(rows) < len(known):
        missing = np.setdiff1d(np.arange(len(known)), rows)
        raise DLCError(
            f"{file} says nothing of {key} {known.tolist()[missing[0]]!r} ({len(missing):,} of "
            f"{len(known):,} are missing); give every sample one."
        )
    return np.asarray(rows, dtype=np.int64)
