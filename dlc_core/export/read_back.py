"""Reading back: the ids of a subset made earlier, and scores or groups made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.data_files import read_data
from dlc_core.datasets.exact_columns import cell_text
from dlc_core.datasets.numeric_columns import all_numbers, numbers_in
from dlc_core.datasets.table_reading import table_suffix
from dlc_core.errors import DLCError
from dlc_core.export.formats import EXPORTERS, format_of
from dlc_core.export.tables import kept_ids, read_back
from dlc_core.runs import Run

_KEYS = ("id", "path")
_NO_SCORES = ("class_id", "rank", "class_rank", "percentile", "width", "height")
_OF_SUBSETS = {"expected": "a subset made by dlc prune", "lacks": "column of sample ids"}
_OF_SCORES = {"expected": "a table of scores", "lacks": "table of scores"}
_T = TypeVar("_T")


def read_ids(path: str | Path) -> NDArray[np.int64]:
    """Return the sorted ids in a subset file of any format that can be read back.

    A column `status` (of an export of both parts, or FiftyOne's tags) tells which ones are kept.

    Raises:
        DLCError: if the file cannot be read as what its suffix says, or keeps nothing.
    """
    file = Path(path).expanduser()
    reader = _reader(str(file), ids=True)
    return np.unique(_read(file, lambda data: kept_ids(reader(data)), **_OF_SUBSETS))


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
    read = _reader(name)
    table = _parsed(lambda: read(data), name, **_OF_SCORES)
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


def _reader(name: str, *, ids: bool = False) -> Callable[[bytes], pd.DataFrame]:
    """Return what reads a file of this name: a table of any usual format, or an array of ids."""
    if table_suffix(name) is not None:
        return lambda data: read_back(data, Path(name).name)
    found = EXPORTERS[format_of(name)].table
    if found is None or not ids:
        raise DLCError(f"{name} holds no names of samples; expected a table with id or path.")
    return found


def score_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that can hold scores, the likeliest first."""
    numbers = [str(name) for name in table if name not in _KEYS and all_numbers(table[name])]
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
    values = numbers_in(table[column])
    rows = _rows(table[key], run.samples[key], key, file, run)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise DLCError(
            f"{file}: the {column} of {key} {_cell(table[key], bad[0])} is no finite number "
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
    column = _named(table, column, file)
    missing = np.flatnonzero(table[column].isna())
    if len(missing):
        raise DLCError(
            f"{file}: {key} {_cell(table[key], missing[0])} has no {column} "
            f"({len(missing):,} in all); give every sample one."
        )
    rows = _rows(table[key], run.samples[key], key, file, run)
    groups = np.empty(len(rows), dtype=object)
    groups[rows] = table[column].map(cell_text).to_numpy(dtype=object)
    return tuple(groups.tolist())


def _read(file: Path, read: Callable[[bytes], _T], *, expected: str, lacks: str) -> _T:
    try:
        data = read_data(file)
    except FileNotFoundError as error:
        raise DLCError(f"no such file: {file}; expected {expected}.") from error
    except OSError as error:
        raise DLCError(f"cannot read {file}: {error.strerror}; expected {expected}.") from error
    return _parsed(lambda: read(data), str(file), expected=expected, lacks=lacks)


def _parsed(parse: Callable[[], _T], file: str, *, expected: str, lacks: str) -> _T:
    try:
        return parse()
    except DLCError as error:
        said = str(error).partition(";")[0].rstrip(".")
        raise DLCError(f"{file} holds no {lacks} ({said}); expected {expected}.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise DLCError(f"{file} holds no {lacks}; expected {expected}.") from error


def _score_column(table: pd.DataFrame, column: str | None, file: str) -> str:
    if column is not None:
        return _named(table, column, file)
    if "score" in table:
        return "score"
    others = [name for name in table if name not in (*_KEYS, *_NO_SCORES)]
    numbers = [str(name) for name in others if all_numbers(table[name])]
    if len(numbers) != 1:
        raise DLCError(
            f"{file} has no column score, and {len(numbers)} others of numbers; say which of "
            f"{_listed(table)} holds the scores."
        )
    return numbers[0]


def _named(table: pd.DataFrame, column: str, file: str) -> str:
    """Return the column of a name, whatever its capitals."""
    folded = {str(name).casefold(): str(name) for name in reversed(table.columns)}
    found = column if column in table else folded.get(column.casefold())
    if found is None:
        raise DLCError(f"{file} has no column {column!r}; it has {_listed(table)}.")
    return found


def _cell(values: pd.Series, place: int) -> str:
    """Return a cell as a message shows it: an id as it is written, a path in quotes."""
    value = values.tolist()[place]
    return f"{value!r:.200}" if values.name == "path" else f"{value!s:.40}"


def _listed(table: pd.DataFrame) -> str:
    return ", ".join(map(repr, table.columns[:20])) or "none"


def _rows(
    given: pd.Series, known: pd.Series, key: str, file: str, run: Run
) -> NDArray[np.int64]:  # fmt: skip
    """Return the row in the run of each row of the table; each row of the run once."""
    wanted = pd.Series(numbers_in(given)) if key == "id" else given
    twice = np.flatnonzero(wanted.duplicated() & wanted.notna())
    if len(twice):
        raise DLCError(
            f"{file} has {key} {_cell(given, twice[0])} more than once; keep one row of each."
        )
    rows = pd.Index(known).get_indexer(pd.Index(wanted))
    unknown = np.flatnonzero(rows < 0)
    if len(unknown):
        raise DLCError(
            f"{file} has {key} {_cell(given, unknown[0])}, which is not in {run.path} "
            f"({len(unknown):,} in all); remove what is not of this run."
        )
    if len(rows) < len(known):
        missing = np.setdiff1d(np.arange(len(known)), rows)
        raise DLCError(
            f"{file} says nothing of {key} {_cell(known, missing[0])} ({len(missing):,} of "
            f"{len(known):,} are missing); give every sample one."
        )
    return np.asarray(rows, dtype=np.int64)
