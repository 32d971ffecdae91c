"""Parquet files of strangers, measured before they are read: few bytes may stand for very many.

A text that is stored once may be meant a million times, a run of equal numbers takes a few bytes,
and pages are compressed. So what the footer says is added up first; then text is read as the places
of its distinct values, which stay small, and counted as what it will be.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from dlc_core.errors import DLCError
from dlc_core.inflation import grows_too_much, memory_room

_FOOTER = 1 << 26  # bytes of what is known of columns and groups; in memory it is ten times that
_ROW = 256  # bytes that a listed row takes at least
_CELL = 8
_COPIES = 4  # of a text on its way from the file into a run
_ROWS = 1 << 16  # that are counted at once
_FEW = 16  # where values cannot be had as the places of distinct ones
Source = Path | IO[bytes]


def opened(source: Source, name: str, **how: Any) -> Any:
    """Return a pyarrow ParquetFile whose footer was bounded before it was read.

    Args:
        source: a file, or one that is open, which stays open.
        name: of the file, for the sentence.
        how: further arguments of ParquetFile.

    Raises:
        DLCError: if the footer is too long. Damage raises ArrowException or OSError.
    """
    from pyarrow.parquet import ParquetFile

    if isinstance(source, Path):
        with source.open("rb") as stream:
            length = _footer(stream)
    else:
        length = _footer(source)
    if length > _FOOTER:
        raise DLCError(
            f"{name} is refused: its footer takes {length:,} bytes (a bomb?); write it with fewer "
            "columns, or with more rows in each group."
        )
    return ParquetFile(source, **{"pre_buffer": False, **how})


def _footer(stream: IO[bytes]) -> int:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 8))
    length = int.from_bytes(stream.read(4), "little")
    stream.seek(0)
    return min(length, size)


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
            _said(parquet, parquet.schema_arrow.names),
        )
        for path, largest in texts.items():
            if grows_too_much(needed + largest, size):  # as it may be if all cells are the longest
                for one in _sizes(file, file.name, path, count):
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
    needed, texts = _said(parquet, names, count)
    needed += _ROW * count
    _judge(name, count, needed, room)
    for path in texts:
        for size in _sizes(source, name, path, count):
            needed += _COPIES * size
            _judge(name, count, needed, room)


def _said(
    parquet: Any, names: Sequence[str], count: int | None = None
) -> tuple[int, dict[str, int]]:
    """Return the bytes of cells but for their texts, and the most that each column of texts takes.

    Args:
        parquet: the open file, whose footer is asked.
        names: of columns, or of parts of them.
        count: rows from the first; None = all.
    """
    metadata, needed, texts = parquet.metadata, 0, {}
    count = metadata.num_rows if count is None else count
    groups = [metadata.row_group(place) for place in _groups(metadata, count)]
    for place in range(metadata.num_columns):
        kind = parquet.schema.column(place)
        if not any(kind.path == one or kind.path.startswith(f"{one}.") for one in names):
            continue
        parts = [group.column(place) for group in groups]
        cells = sum(part.num_values for part in parts)
        cells = min(cells, count) if not kind.max_repetition_level else cells
        needed += cells * max(_CELL, kind.length or 0)
        if kind.physical_type == "BYTE_ARRAY":
            texts[kind.path] = sum(part.num_values * part.total_uncompressed_size for part in parts)
    return needed, texts


def _groups(metadata: Any, count: int) -> Iterator[int]:
    """Yield the groups that the first rows are in."""
    before = 0
    for place in range(metadata.num_row_groups):
        if before >= count:
            return
        yield place
        before += metadata.row_group(place).num_rows


def _judge(name: str, count: int, needed: int, room: int) -> None:
    if needed > room:
        raise DLCError(
            f"{name} is refused: its {count:,} rows grow to more than {needed / 1e9:.1f} GB, this "
            f"machine has room for {room / 1e9:.1f} GB (a bomb?); write a table of fewer rows or "
            "columns if you trust it."
        )


def _sizes(source: Source, name: str, path: str, count: int) -> Iterator[int]:
    """Yield the bytes of the texts in some rows after others, each counted as often as it is meant.

    Args:
        source: the file.
        name: of the file.
        path: of a column of texts, or of such a part of one.
        count: how many rows.
    """
    from pyarrow import ArrowException

    done = 0
    try:
        for size in _counted(source, name, path, count, min(_ROWS, count), [path]):
            done += 1
            yield size
    except (ArrowException, OSError):  # of an encoding that is not read so; or it is damaged
        if done:
            raise
        yield from _counted(source, name, path, count, min(_FEW, count), [])


def _counted(
    source: Source, name: str, path: str, count: int, rows: int, places: list[str]
) -> Iterator[int]:
    if not count:
        return
    with opened(source, name, read_dictionary=places) as parquet:
        done = 0
        for batch in parquet.iter_batches(batch_size=rows, columns=[path], use_threads=False):
            done += len(batch)
            yield sum(map(_size, batch.columns))
            if done >= count:
                return


def _size(cells: Any) -> int:
    """Return the bytes of an array's texts."""
    from pyarrow import compute, types

    kind = cells.type
    if types.is_dictionary(kind):
        lengths = compute.binary_length(cells.dictionary).cast("int64")
        return compute.sum(lengths.take(cells.indices)).as_py() or 0
    if types.is_struct(kind):
        return sum(map(_size, cells.flatten()))
    if types.is_nested(kind):  # lists; a map is one of pairs
        return _size(cells.flatten())
    return int(cells.nbytes)
