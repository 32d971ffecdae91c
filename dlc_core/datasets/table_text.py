"""Tables of text: separated values with a header, and lists of a path and a label a line."""

from __future__ import annotations

import io
import warnings
from typing import IO

import pandas as pd

from dlc_core.datasets.csv_dialect import Dialect, dialect_of, encoding_of, head_of
from dlc_core.decompression_limits import memory_room
from dlc_core.errors import DLCError

_CELL = 8  # bytes of an empty one
_WIDEST = 10_000  # columns; reading a header takes longer than its length
_NARROW = 50  # columns up to which rows of two letters do not grow two hundred times
_PART = 1 << 20  # letters that are counted at once


def csv_table(stream: IO[bytes], name: str, rows: int | None) -> pd.DataFrame:
    """Return a table of separated values; cells are text, an empty one is missing."""
    return _separated(stream, name, rows, None)


def tsv_table(stream: IO[bytes], name: str, rows: int | None) -> pd.DataFrame:
    """Return a table of values with tabs between them."""
    return _separated(stream, name, rows, "\t")


def _separated(
    stream: IO[bytes], name: str, rows: int | None, separator: str | None
) -> pd.DataFrame:
    dialect = dialect_of(head_of(stream), separator=separator)
    if not dialect.header:
        raise DLCError(f"{name} is empty; expected a header and one row for each image.")
    with text_of(stream) as text, warnings.catch_warnings():
        _require_cells(text, dialect, name, rows)
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                text, sep=dialect.separator, nrows=rows, dtype=str, keep_default_na=False,
                na_values=[""], skip_blank_lines=True, index_col=False,
                skipinitialspace=dialect.loose,
            )  # fmt: skip
        except pd.errors.ParserWarning as error:
            raise DLCError(
                f"{name} has rows with more cells than its header names; name every column, "
                "and quote cells that hold the separator."
            ) from error


def _require_cells(text: io.TextIOWrapper, dialect: Dialect, name: str, rows: int | None) -> None:
    """Refuse a header so wide that the cells its short rows lack would fill the memory.

    Args:
        text: at its start; it goes to the header.
        dialect: how it is written.
        name: of the file.
        rows: how many are read at most.
    """
    _skip(text, dialect)
    columns = text.readline().count(dialect.separator) + 1
    if columns > _WIDEST:
        raise DLCError(
            f"{name} is refused: it has {columns:,} columns, at most {_WIDEST:,} are taken; "
            "write a table of paths, labels and a few more."
        )
    if columns > _NARROW:
        parts = iter(lambda: text.read(_PART), "")
        lines = sum(max(part.count("\n"), part.count("\r")) for part in parts) + 1
        require_cells(lines if rows is None else min(rows, lines), columns, name)
    _skip(text, dialect)


def _skip(text: io.TextIOWrapper, dialect: Dialect) -> None:
    text.seek(0)
    for _ in range(dialect.skip):
        text.readline()


def require_cells(rows: int, columns: int, name: str) -> None:
    """Refuse a table whose cells, empty ones too, do not fit the memory.

    Raises:
        DLCError: with how many there are.
    """
    needed, room = _CELL * rows * columns, memory_room()
    if needed > room:
        raise DLCError(
            f"{name} is refused: {rows:,} rows of {columns:,} columns take {needed / 1e9:.1f} GB, "
            f"this machine has room for {room / 1e9:.1f} GB; write a table of fewer columns."
        )


def text_of(stream: IO[bytes]) -> io.TextIOWrapper:
    """Return a stream of bytes as text, in the encoding that it begins with; close it."""
    encoding = encoding_of(stream.read(4))
    stream.seek(0)
    return io.TextIOWrapper(stream, encoding, newline="")


def list_table(stream: IO[bytes], name: str, rows: int | None) -> pd.DataFrame:
    """Return a list without a header, a path and last in its line a label; or else a table."""
    from dlc_core.datasets.table_columns import PATHS, guess

    dialect = dialect_of(head_of(stream))
    cells = [cell.strip(' "') for cell in dialect.header.split(dialect.separator)]
    if guess(cells, PATHS) is not None:
        return _separated(stream, name, rows, None)
    found = []
    with text_of(stream) as lines:
        for line in filter(str.strip, lines):
            path, label = _path_and_label(line.strip(), dialect.separator)
            if not label:
                raise DLCError(
                    f"{name} has a line without a label ({path!r:.80}); expected a path and a "
                    "label in each, or a table with a header."
                )
            found.append((path, label))
            if len(found) == rows:
                break
    return pd.DataFrame(found, columns=["path", "label"], dtype=object)


def _path_and_label(line: str, separator: str) -> tuple[str, str]:
    parts = line.rsplit(separator if separator != " " else None, 1)
    return parts[0].strip(), parts[-1].strip() if len(parts) == 2 else ""
