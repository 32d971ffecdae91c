"""Records in the rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlc_core.data_roots import require_allowed
from dlc_core.datasets.instructions.row_blocks import ROWS, RowBlocks, in_blocks
from dlc_core.errors import DLCError
from dlc_core.file_names import printable
from dlc_core.parquet import require_measured
from dlc_core.parquet_sizes import opened


def parquet_records(file: Path) -> RowBlocks:
    """Return the rows of a Parquet file.

    Args:
        file: that is there; what grows too much is refused.

    Raises:
        DLCError: if it is damaged.
    """
    from pyarrow import ArrowException

    found = require_allowed(file)
    try:
        require_measured(found)
    except (OSError, ArrowException) as error:
        raise _damaged(file) from error
    return RowBlocks(lambda number: _blocks(found, number), printable(file.name))


def _blocks(file: Path, number: int) -> Iterator[list[dict[str, Any]]]:
    from pyarrow import ArrowException

    try:
        with opened(file, file.name) as parquet:
            groups, before = 0, 0  # whole groups of rows before the block are passed over
            while groups < parquet.metadata.num_row_groups:
                count = parquet.metadata.row_group(groups).num_rows
                if before + count > number * ROWS:
                    break
                groups, before = groups + 1, before + count
            rest = range(groups, parquet.metadata.num_row_groups)
            batches = parquet.iter_batches(
                batch_size=ROWS, row_groups=list(rest), use_threads=False,
                columns=[one.name for one in parquet.schema_arrow if not _other(one.type)],
            )  # fmt: skip
            yield from in_blocks(_rows(batches, number * ROWS - before))
    except (OSError, ArrowException, UnicodeDecodeError, OverflowError) as error:
        raise _damaged(file) from error


def _other(kind: Any) -> bool:
    """Whether cells of a type are nothing that records are made of, such as times."""
    from pyarrow import types

    return bool(types.is_temporal(kind) or types.is_decimal(kind) or types.is_binary(kind))


def _rows(batches: Any, skipped: int) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from batch.slice(min(skipped, len(batch))).to_pylist()
        skipped = max(0, skipped - len(batch))


def _damaged(file: Path) -> DLCError:
    return DLCError(f"cannot read the table {printable(file.name)}; was it cut off?")
