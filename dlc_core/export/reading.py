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
_OF_SCORES = {"expected": "a table of scores", "lacks": "table of scores"}
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
    table = _read(file, _reader(str(file)), **_OF_SCORES)
    return scores_in(table, run, name=str(file), column=column)


def score_table(data: bytes, name: str) -> pd.DataFrame:
    """Return the table in a file's bytes.

    Args:
        data: what the file holds.
        name: of the file; its suffix says the format.

    Raises:
        DLCError: if the bytes are not what the suffix says, or hold no names of samples.
    """
    table = _parsed(lambda: _reader(name)(data), name, **_OF_SCORES)
    _key(table, name)
    return table


def _key(table: pd.DataFrame, file: str) -> str:
    """Return the column that says which sample each row is about."""
    key = next((name for name in reversed(_KEYS) if name in table), None)
    if key is None:
        raise DLCError(
            f"{file} says of no sample which it is; expected a column id or path, got "
            f"{_listed(table)}."
        )
    return key


def _reader(name: str) -> Callable[[bytes], pd.DataFrame]:
    found = EXPORTERS[format_of(name)]
    if found.table is None or found.suffix == ".npy":
        raise DLCError(f"{name} holds no names of samples; expected a table with id or path.")
    return found.table


def score_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that can hold scores, the likeliest first."""
    numbers = [
        str(name)
        for name in table
        if pd.api.types.is_numeric_dtype(table[name])
        and not pd.api.types.is_bool_dtype(table[name])
        and name not in _KEYS
    ]
    return sorted(numbers, key=lambda name: (name != "score", name in _NO_SCORES))


def scores_in(
    table: pd.DataFrame, run: Run, *, name: str, column: str | None = None
) -> NDArray[np.float64]:
    """Return the scores in a table, as `read_scores` does.

    Args:
        table: with a column `id` or `path`, and the scores.
        run: that the scores are about.
        name: of the file, for what is wrong with it.
        column: name of the scores; None for "score", or for the only column of numbers.

    Raises:
        DLCError: as `read_scores`.
    """
    file = name
    key = _key(table, file)
    column = _score_column(table, column, file)
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
    rows = _rows(table[key], run.samples[key], key, file, run)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise DLCError(
            f"{file}: the {column} of {key} {table[key].tolist()[bad[0]]!r} is no finite number "
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
    file = str(Path(path).expanduser())
    table = _read(Path(file), _reader(file), expected="a table of groups", lacks="table of groups")
    key = _key(table, file)
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


def _read(file: Path, read: Callable[[bytes], _T], *, expected: str, lacks: str) -> _T:
    def parse() -> _T:
        try:
            return read(file.read_bytes())
        except FileNotFoundError as error:
            raise DLCError(f"no such file: {file}; expected {expected}.") from error

    return _parsed(parse, str(file), expected=expected, lacks=lacks)


def _parsed(parse: Callable[[], _T], file: str, *, expected: str, lacks: str) -> _T:
    try:
        return parse()
    except DLCError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise DLCError(f"{file} holds no {lacks}; expected {expected}.") from error


def _score_column(table: pd.DataFrame, column: str | None, file: str) -> str:
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
    given: pd.Series, known: pd.Series, key: str, file: str, run: Run
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
