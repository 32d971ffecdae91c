"""Records in the rows of separated values; cells are text, an empty one is missing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from dlc_core.datasets.csv_dialect import dialect_of, head_of
from dlc_core.datasets.instructions.file_bytes import FileBytes
from dlc_core.datasets.instructions.row_blocks import ROWS, RowBlocks, in_blocks
from dlc_core.datasets.table_text import text_of
from dlc_core.errors import DLCError, reason_of
from dlc_core.file_names import printable

_WIDEST = 1000  # columns


def separated_records(file: Path, separator: str | None = None) -> RowBlocks:
    """Return the rows of a CSV file.

    Args:
        file: that is there.
        separator: between cells; None finds it out.
    """
    content = FileBytes(file)

    def blocks(number: int) -> Iterator[list[dict[str, Any]]]:
        skipped = number * ROWS
        rows = _rows(content, separator)
        for _ in range(skipped):
            next(rows, None)
        yield from in_blocks(rows)

    return RowBlocks(blocks, printable(file.name))


def _rows(content: FileBytes, separator: str | None) -> Iterator[dict[str, Any]]:
    name = printable(content.file.name)
    try:
        with content.stream(seekable=True) as stream:
            dialect = dialect_of(head_of(stream), separator=separator)
            if dialect.header.count(dialect.separator) >= _WIDEST:
                raise DLCError(f"{name} has more than {_WIDEST:,} columns; expected a few of text.")
            if not dialect.header:
                return
            with text_of(stream) as text:
                for _ in range(dialect.skip):
                    text.readline()
                parts = pd.read_csv(
                    text, sep=dialect.separator, chunksize=ROWS, dtype=str, keep_default_na=False,
                    na_values=[""], index_col=False, skipinitialspace=dialect.loose,
                )  # fmt: skip
                while (part := _next(parts)) is not None:
                    there = part.astype(object).where(part.notna(), None)
                    for row in there.to_dict("records"):
                        yield {str(name): cell for name, cell in row.items()}
    except DLCError:
        raise
    except UnicodeError as error:
        raise DLCError(f"{name} is not UTF-8 text; save it as UTF-8 and try again.") from error
    except Exception as error:  # pandas raises many kinds for damaged files
        raise DLCError(f"cannot read the table {name}: {reason_of(error)}.") from error


def _next(parts: Any) -> pd.DataFrame | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # more cells than the header has
        return next(parts, None)
