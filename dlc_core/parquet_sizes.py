"""How large what a Parquet file holds is, found out before it is read.

The footer says how many cells there are; text is read as the places of its distinct values, which
stay small, and counted as what it will be.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from dlc_core.errors import DLCError

_FOOTER = 1 << 26  # bytes of what is known of columns and groups; in memory it is ten times that
_CELL = 8
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


def said_size(
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


def text_sizes(source: Source, name: str, path: str, count: int) -> Iterator[int]:
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
