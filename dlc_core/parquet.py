"""Parquet files of strangers, measured before they are read: few bytes may stand for very many.

A text that is stored once may be meant a million times, a run of equal numbers takes a few bytes,
and pages are compressed. So their sizes are added up first (dlc_core/parquet_sizes.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from dlc_core.decompression_limits import grows_too_much, memory_room
from dlc_core.errors import DLCError
from dlc_core.parquet_sizes import Source, opened, said_size, text_sizes

_ROW = 256  # bytes that a listed row takes at least
_COPIES = 4  # of a text on its way from the file into a run


def read_parquet(
    source: Source, name: str, *, columns: Sequence[str] | None = None, rows: int | None = None
) -> Any:
    """Return a pyarrow Table after it was found to fit the memory.

    Args:
        source: a file, or one that is open, which stays open.
        name: of the file, for the sentence.
        columns: which; "column.field" is a part of one; None = all.
        rows: how many of the first at most; None = all.

    Raises:
        DLCError: if what it holds does not fit. Damage raises ArrowException, OSError or
            ValueError.
    """
    import pyarrow as pa

    with opened(source, name) as parquet:
        names = list(dict.fromkeys(parquet.schema_arrow.names if columns is None else columns))
        rows = rows if parquet.metadata.num_rows else None
        _require_room(source, name, parquet, names, rows)
        parts: list[tuple[Any, Any]] = []
        for column in names:  # one by one: each holds a page that may be large
            how = {"columns": [column], "use_threads": False}
            if rows is None:
                found = parquet.read(**how)
            else:
                found = pa.Table.from_batches(_first(parquet.iter_batches(rows, **how), rows))
            parts += zip(found.schema, found.columns, strict=True)
    schema = pa.schema([field for field, _ in parts])
    return pa.Table.from_arrays([cells for _, cells in parts], schema=schema)


def _first(batches: Iterator[Any], rows: int) -> Iterator[Any]:
    """Yield batches of so many rows in all; at the end of a group they may be shorter."""
    for batch in batches:
        yield batch.slice(0, rows)
        rows -= len(batch)
        if rows <= 0:
            return


def require_room(file: Path, *, columns: Sequence[str] | None = None) -> None:
    """Refuse a file that does not fit the memory, before another library reads it.

    Args:
        file: it is looked at once; a damaged or missing one is told by who reads it.
        columns: which are read; None = all.

    Raises:
        DLCError: if it does not fit.
    """
    with suppress(OSError):
        status = file.stat()
        wanted = None if columns is None else tuple(columns)
        _looked_at(file, wanted, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _looked_at(file: Path, columns: tuple[str, ...] | None, *_stamp: int) -> None:
    from pyarrow import ArrowException

    try:
        with opened(file, file.name) as parquet:
            names = parquet.schema_arrow.names if columns is None else columns
            _require_room(file, file.name, parquet, names, None)
    except DLCError:
        raise
    except (OSError, ArrowException, ValueError, KeyError, TypeError, RuntimeError):
        return  # damaged


def require_measured(file: Path) -> None:
    """Refuse a file that another library would unpack to far more than it is.

    Raises:
        DLCError: if it grows too much. Damage raises ArrowException or OSError.
    """
    size = file.stat().st_size
    with opened(file, file.name) as parquet:
        count, (needed, texts) = (
            parquet.metadata.num_rows,
            said_size(parquet, parquet.schema_arrow.names),
        )
        for path, largest in texts.items():
            if grows_too_much(needed + largest, size):  # as it may be if all cells are the longest
                for one in text_sizes(file, file.name, path, count):
                    needed += one
                    if grows_too_much(needed, size):
                        break
    if grows_too_much(needed, size):
        raise DLCError(
            f"{file.name} is refused: it grows {needed:,} bytes out of {size:,} (a bomb?)."
        )


def _require_room(
    source: Source, name: str, parquet: Any, names: Sequence[str], rows: int | None
) -> None:
    room, count = memory_room(), parquet.metadata.num_rows
    count = count if rows is None else min(rows, count)
    needed, texts = said_size(parquet, names, count)
    needed += _ROW * count
    _judge(name, count, needed, room)
    for path in texts:
        for size in text_sizes(source, name, path, count):
            needed += _COPIES * size
            _judge(name, count, needed, room)


def _judge(name: str, count: int, needed: int, room: int) -> None:
    if needed > room:
        raise DLCError(
            f"{name} is refused: its {count:,} rows grow to more than {needed / 1e9:.1f} GB, this "
            f"machine has room for {room / 1e9:.1f} GB (a bomb?); write a table of fewer rows or "
            "columns if you trust it."
        )
