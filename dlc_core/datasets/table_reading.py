"""Reading a table of any usual format into text and numbers, without guessing at types."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from dlc_core.datasets.boxes import refuse_coco
from dlc_core.errors import DLCError, reason_of

_SEPARATORS = ",;\t|"
_HEAD_BYTES = 1 << 16


def read_table(file: Path, *, rows: int | None = None) -> pd.DataFrame:
    """Return a table; cells of text formats stay text, so that "007" and "NA" are what they are.

    Args:
        file: .csv, .tsv, .parquet, .json (a list of records) or .jsonl.
        rows: how many at most, for a look; None = all.

    Raises:
        DLCError: if it cannot be read, or has no row or no named column.
    """
    try:
        table = _READERS[file.suffix.lower()](file, rows)
    except DLCError:
        raise
    except UnicodeDecodeError as error:
        raise DLCError(f"{file.name} is not UTF-8 text; save it as UTF-8 and try again.") from error
    except Exception as error:  # pandas and pyarrow raise many kinds for damaged files
        raise DLCError(f"cannot read the table {file.name}: {reason_of(error)}.") from error
    table.columns = pd.Index([str(name).strip() for name in table.columns])
    if not len(table):
        raise DLCError(f"{file.name} has no rows; expected one for each image.")
    return table if rows is None else table.head(rows)


def _csv(file: Path, rows: int | None) -> pd.DataFrame:
    separator = "\t" if file.suffix.lower() == ".tsv" else _separator(file)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                file, sep=separator, nrows=rows, dtype=str, keep_default_na=False, na_values=[""],
                encoding="utf-8-sig", skip_blank_lines=True, index_col=False,
            )  # fmt: skip
        except pd.errors.ParserWarning as error:
            raise DLCError(
                f"{file.name} has rows with more cells than its header names; name every column, "
                "and quote cells that hold the separator."
            ) from error


def _separator(file: Path) -> str:
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).decode("utf-8-sig", errors="ignore")
    first = next((line for line in head.splitlines() if line.strip()), "")
    if not first:
        raise DLCError(f"{file.name} is empty; expected a header and one row for each image.")
    return max(_SEPARATORS, key=first.count)


def _parquet(file: Path, rows: int | None) -> pd.DataFrame:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(file) as parquet:
        if rows is None:
            found = parquet.read()
        else:
            found = next(parquet.iter_batches(batch_size=rows), None)
        if found is None:
            return pd.DataFrame()
        found.validate(full=True)  # damaged text would show only when a cell is looked at
        table: pd.DataFrame = found.to_pandas()
    return table


def _json(file: Path, _rows: int | None) -> pd.DataFrame:
    value = json.loads(file.read_text(encoding="utf-8-sig"))
    return _records(file, value)


def _jsonl(file: Path, rows: int | None) -> pd.DataFrame:
    found: list[Any] = []
    with file.open(encoding="utf-8-sig") as lines:
        for line in lines:
            if line.strip():
                found.append(json.loads(line))
            if len(found) == rows:
                break
    return _records(file, found)


def _records(file: Path, value: Any) -> pd.DataFrame:
    refuse_coco(file, value)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise DLCError(f"{file.name} is no list of records; expected one object for each image.")
    return pd.DataFrame(value)


_READERS: dict[str, Callable[[Path, int | None], pd.DataFrame]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".parquet": _parquet,
    ".json": _json,
    ".jsonl": _jsonl,
}
TABLE_SUFFIXES = tuple(_READERS)
