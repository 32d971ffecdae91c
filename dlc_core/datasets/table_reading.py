"""Reading a table of any usual format into cells as they are written, without guessing at types."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pandas as pd

from dlc_core.csv_escaping import original_table
from dlc_core.data_files import open_data
from dlc_core.datasets.compressed_files import PACKINGS, unpacked
from dlc_core.datasets.table_json import json_table, jsonl_table
from dlc_core.datasets.table_names import named
from dlc_core.datasets.table_text import csv_table, list_table, tsv_table
from dlc_core.errors import DLCError, reason_of
from dlc_core.parquet import read_parquet

_OURS = ["id", "path", "label", "class_id", "score"]  # what a table that we wrote begins with


@dataclass(frozen=True)
class TableFormat:
    """One format of tables.

    Attributes:
        read: (file's content, its name, rows at most or None) -> the table.
        packed: whether it may be compressed, as in .csv.gz.
        sure: whether files of its suffix are taken for tables where nobody has named them.
    """

    read: Callable[[IO[bytes], str, int | None], pd.DataFrame]
    packed: bool = True
    sure: bool = True


def table_suffix(name: str) -> str | None:
    """Return the suffix that says a file is a table, such as ".csv" or ".csv.gz"; else None."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes[-2:]]
    if suffixes and suffixes[-1] in FORMATS:
        return suffixes[-1]
    whole = "".join(suffixes)
    return whole if whole in _PACKED_SUFFIXES else None


def read_table(file: Path, *, rows: int | None = None) -> pd.DataFrame:
    """Return a table; cells of text formats stay text, so that "007" and "NA" are what they are.

    Args:
        file: of a name that `table_suffix` knows. JSON is a list of records, or holds one.
        rows: how many at most, for a look; None = all.

    Returns:
        The table, its columns' names without blanks around them and each once; rows at the end
        that hold nothing are left out.

    Raises:
        DLCError: if it cannot be read, or has no row or no named column.
    """
    with open_data(file) as stream:
        return _read(stream, file.name, rows, ours=None)


def table_in(data: bytes, name: str, *, ours: bool | None = None) -> pd.DataFrame:
    """Return the table in a file's bytes, as `read_table` does.

    Args:
        data: what the file holds.
        name: of the file; its suffix says the format.
        ours: whether cells of a CSV may have an apostrophe before what a spreadsheet would execute;
            None finds it out by the first columns.

    Raises:
        DLCError: as `read_table`.
    """
    return _read(io.BytesIO(data), name, None, ours=ours)


def _read(stream: IO[bytes], name: str, rows: int | None, *, ours: bool | None) -> pd.DataFrame:
    suffix = table_suffix(name)
    if suffix is None:
        raise DLCError(f"{name} is no table; expected {', '.join(FORMATS)}.")
    kind, _, packing = suffix.removeprefix(".").partition(".")
    try:
        if packing:
            stream = unpacked(stream, f".{packing}", name)
        table = FORMATS[f".{kind}"].read(stream, name, rows)
    except DLCError:
        raise
    except UnicodeError as error:
        raise DLCError(f"{name} is not UTF-8 text; save it as UTF-8 and try again.") from error
    except Exception as error:  # pandas, pyarrow, gzip raise many kinds for damaged files
        raise DLCError(f"cannot read the table {name}: {reason_of(error)}.") from error
    table = _without_blank_end(named(table))
    if kind in ("csv", "tsv") and (ours or (ours is None and list(table.columns[:5]) == _OURS)):
        table = original_table(table)
    if not len(table):
        raise DLCError(f"{name} has no rows; expected one for each image.")
    return table if rows is None else table.head(rows)


def _without_blank_end(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the last rows that hold nothing, as spreadsheets leave them."""
    end = len(table)
    while end and bool(table.iloc[end - 1].isna().all()):
        end -= 1
    return table.iloc[:end]


def _parquet(stream: IO[bytes], name: str, rows: int | None) -> pd.DataFrame:
    found = read_parquet(stream, name, rows=rows)
    found.validate(full=True)  # damaged text would show only when a cell is looked at
    # An index of pandas is a column like others; whole numbers stay such beside empty cells.
    table: pd.DataFrame = found.to_pandas(integer_object_nulls=True, ignore_metadata=True)
    return table


FORMATS: dict[str, TableFormat] = {
    ".csv": TableFormat(csv_table),
    ".tsv": TableFormat(tsv_table),
    ".txt": TableFormat(list_table, sure=False),
    ".parquet": TableFormat(_parquet, packed=False),
    ".json": TableFormat(json_table),
    ".jsonl": TableFormat(jsonl_table),
    ".ndjson": TableFormat(jsonl_table),
}
# Of tables beside or among other files; a .txt may be anything.
TABLE_SUFFIXES = tuple(name for name, one in FORMATS.items() if one.sure)
_PACKED_SUFFIXES = {
    name + packing for name, one in FORMATS.items() if one.packed for packing in PACKINGS
}
