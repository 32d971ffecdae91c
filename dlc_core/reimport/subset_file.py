"""The samples that a stranger's table or array names, found in a run by path, else by id."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.csv_escaping import original
from dlc_core.datasets.csv_dialect import dialect_of
from dlc_core.errors import DLCError
from dlc_core.parquet_sizes import opened
from dlc_core.plurals import counted
from dlc_core.runs import Run

_COLUMNS = ("id", "path", "status")
_MOST_ROWS = 20_000_000
_MOST_UNPACKED = 1_000_000_000  # bytes of the columns that are read of a Parquet file
_LONGEST_HEAD = 100_000  # characters of a CSV's first line
_EXPECTED = "expected a table with a column id or path"


@dataclass(frozen=True, eq=False)
class Named:
    """The samples of a run that a file names as kept.

    Attributes:
        ids: (K,) of this run, ascending, at least one.
        unknown: how many others it names.
        by_path: whether they were found by path; else by id, which means the same sample only in
            a run of the same listing of files.
    """

    ids: NDArray[np.int64]
    unknown: int
    by_path: bool


def named_in_csv(run: Run, text: str) -> Named:
    """Return what a CSV names, such as `dlc prune --out FILE.csv` has written.

    Raises:
        DLCError: if it is none, or names nothing of the run.
    """
    dialect = dialect_of(text[:_LONGEST_HEAD])
    if len(dialect.header) >= _LONGEST_HEAD:
        raise DLCError(f"it is text without lines; {_EXPECTED}.")
    header = next(csv.reader([dialect.header], delimiter=dialect.separator), [])
    names = {name: name.strip().casefold() for name in reversed(header)}
    columns = [name for name, word in names.items() if word in _COLUMNS]
    if not {"id", "path"} & {names[name] for name in columns}:
        raise DLCError(f"it is text, but its first line has no id or path; {_EXPECTED}.")
    lines = io.StringIO(text, newline="")
    for _ in range(dialect.skip):
        lines.readline()
    try:
        table = pd.read_csv(
            lines, sep=dialect.separator, usecols=columns, dtype=str, keep_default_na=False,
            engine="c", skipinitialspace=dialect.loose,
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise DLCError(f"it is no CSV that can be read; {_EXPECTED}.") from error
    table = table.rename(columns=names)
    table = table.loc[:, ~table.columns.duplicated()]
    for name in ("path", "status"):
        if name in table:
            table[name] = table[name].map(original)
    blank = (table == "").all(axis=1)  # as a spreadsheet leaves them at the end
    return _named(run, table if blank.all() else table[~blank])


def named_in_parquet(run: Run, data: bytes) -> Named:
    """Return what a Parquet table names.

    Raises:
        DLCError: if it is damaged, huge once unpacked, or names nothing of the run.
    """
    import pyarrow as pa

    try:
        file = opened(io.BytesIO(data), "it")
        schema = file.schema_arrow
        columns = [name for name in _COLUMNS if name in schema.names]
        _check_size(file.metadata, columns)
        for name in columns:
            if pa.types.is_nested(schema.field(name).type):
                raise DLCError(f"its column {name} holds lists or objects; {_EXPECTED}.")
        # Text as numbers of distinct words: one that is stored once may be meant a million times.
        text = (pa.types.is_string, pa.types.is_large_string)
        words = [name for name in columns if any(test(schema.field(name).type) for test in text)]
        file = opened(io.BytesIO(data), "it", read_dictionary=words)
        table = file.read(columns=columns).to_pandas(ignore_metadata=True)
    except DLCError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise DLCError("it is a Parquet file that cannot be read; was it cut off?") from error
    return _named(run, table)


def _check_size(metadata: Any, columns: list[str]) -> None:
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    parts = [group.column(place) for group in groups for place in range(group.num_columns)]
    size = sum(part.total_uncompressed_size for part in parts if part.path_in_schema in columns)
    if metadata.num_rows > _MOST_ROWS or size > _MOST_UNPACKED:
        raise DLCError(
            f"it is a Parquet file of {counted(metadata.num_rows, 'row')}, more than this page "
            "reads; use dlc export --subset."
        )


def named_in_npy(run: Run, data: bytes) -> Named:
    """Return what an array of ids names: positions in torchvision's ImageFolder.

    Raises:
        DLCError: if it is no one-dimensional array of whole numbers, or names nothing of the run.
    """
    file = io.BytesIO(data)
    expected = "expected a one-dimensional array of ids, whole numbers"
    try:
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[np.lib.format.read_magic(file)]
        shape, _, dtype = read(file)
    except (ValueError, KeyError, EOFError) as error:
        raise DLCError(f"it is a NumPy file that cannot be read; {expected}.") from error
    if dtype.hasobject:
        raise DLCError(f"it holds pickled objects, which could run code; {expected}.")
    if len(shape) != 1 or dtype.kind not in "iu":
        raise DLCError(f"it is an array of {dtype} of shape {shape}; {expected}.")
    held = len(data) - file.tell()
    if shape[0] * dtype.itemsize != held:
        raise DLCError(f"it is a NumPy file that is cut off or damaged; {expected}.")
    return _named(run, pd.DataFrame({"id": np.frombuffer(data, dtype, offset=file.tell())}))


def named_in_rows(run: Run, rows: Any) -> Named:
    """Return what a list of JSON objects names, such as the samples of a JSON of ours.

    Raises:
        DLCError: if it is no such list, or names nothing of the run.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DLCError("it is JSON whose samples are no list of objects; was it made by dlc?")
    columns: dict[str, Callable[[dict[str, Any]], Any]] = {
        "id": lambda row: row.get("id"),
        "path": lambda row: row.get("path", row.get("filepath")),
        "status": lambda row: row.get("status", _first(row.get("tags"))),
    }
    table = {name: [_single(read(row)) for row in rows] for name, read in columns.items()}
    there = {name: values for name, values in table.items() if any(v is not None for v in values)}
    return _named(run, pd.DataFrame(there, dtype=object))


def _single(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else None


def _first(tags: Any) -> Any:
    return tags[0] if isinstance(tags, list) and tags else None


def _named(run: Run, table: pd.DataFrame) -> Named:
    """Match by path where there is one, so that another run's subset of the same data fits."""
    by_path = "path" in table
    if not by_path and "id" not in table:
        raise DLCError(f"it says of no sample which it is; {_EXPECTED}.")
    if "status" in table:
        table = table[(table["status"] == "kept").to_numpy(dtype=bool)]
    if not len(table):
        raise DLCError("it keeps no sample: no row of it, or none whose status is kept.")
    known = run.samples["path" if by_path else "id"]
    codes, distinct = pd.factorize(table["path" if by_path else "id"])
    values = [_as_path(v) if by_path else _as_id(v) for v in distinct.tolist()]
    rows = pd.Index(known.tolist(), dtype=object).get_indexer(pd.Index(values, dtype=object))
    found = np.unique(rows[rows >= 0])
    unknown = int(np.count_nonzero(rows < 0)) + int(bool(np.any(codes < 0)))
    if not len(found):
        word = "path" if by_path else "id"
        raise DLCError(
            f"none of the {counted(unknown, 'sample')} it names by {word} is in this run; was it "
            "made of other data?"
        )
    return Named(run.samples["id"].to_numpy()[found], unknown, by_path)


def _as_path(value: Any) -> Any:
    return value if isinstance(value, str) else repr(value)


def _as_id(value: Any) -> Any:
    """Return a whole number, or something that is no id; "3" and 3.0 are the number 3."""
    try:
        number = int(value) if isinstance(value, str) else value
        return int(number) if number == int(number) else -1
    except (ValueError, TypeError, OverflowError):
        return -1
