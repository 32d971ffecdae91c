"""Records in a folder that `save_to_disk` of the `datasets` library wrote, read as Arrow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlc_core.data_files import read_data
from dlc_core.data_roots import require_all_allowed
from dlc_core.datasets.arrow_streams import require_plain
from dlc_core.datasets.huggingface_saved import require_own_files
from dlc_core.datasets.instructions.layouts import fitting
from dlc_core.datasets.instructions.row_blocks import ROWS, RowBlocks, in_blocks
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

_STATE, _PARTS = "state.json", "dataset_dict.json"


def is_saved(folder: Path) -> bool:
    """Whether a folder is what save_to_disk wrote, of one part or several."""
    return (folder / _STATE).is_file() or (folder / _PARTS).is_file()


def saved_parts(folder: Path) -> list[str]:
    """Return the names of the parts of a saved data set; [] of one without.

    Raises:
        DLCError: if its lists are damaged, or name files elsewhere.
    """
    require_all_allowed(folder)
    require_own_files(folder)
    if not (folder / _PARTS).is_file():
        return []
    return [str(name) for name in json.loads(read_data(folder / _PARTS)).get("splits") or ()]


def may_be_records(folder: Path) -> bool:
    """Whether the columns of a saved part fit a layout and none holds images; no row is read.

    Args:
        folder: with state.json; `saved_parts` has looked at it.

    Raises:
        DLCError: if a file is damaged.
    """
    import pyarrow as pa

    for file in _files(folder)[:1]:
        try:
            with pa.memory_map(str(file)) as mapped:
                schema = pa.ipc.open_stream(mapped).schema
        except (OSError, pa.ArrowException) as error:
            raise _damaged(file) from error
        pictures = (pa.types.is_struct(one.type) and one.type.get_field_index("bytes") >= 0
                    for one in schema)  # fmt: skip
        return bool(fitting(dict.fromkeys(schema.names))) and not any(pictures)
    return False


def saved_records(folder: Path) -> RowBlocks:
    """Return the rows of a saved data set.

    Args:
        folder: with state.json; `saved_parts` has looked at it.

    Raises:
        DLCError: if a file may grow without a bound, or is damaged.
    """
    require_plain(folder)
    files = _files(folder)
    return RowBlocks(lambda number: _blocks(files, number), printable(folder.name))


def _files(folder: Path) -> list[Path]:
    state = json.loads(read_data(folder / _STATE))
    if state.get("_indices_data_files"):
        raise DLCError(
            f"{printable(folder.name)} holds a selection of rows beside them; call "
            "flatten_indices() and save it again."
        )
    named = (
        one["filename"] if isinstance(one, dict) else one for one in state.get("_data_files") or ()
    )
    return [folder / one for one in named]


def _blocks(files: list[Path], number: int) -> Iterator[list[dict[str, Any]]]:
    yield from in_blocks(_rows(files, number * ROWS))


def _rows(files: list[Path], skipped: int) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    for file in files:
        try:
            with pa.memory_map(str(file)) as mapped:
                for batch in pa.ipc.open_stream(mapped):
                    for at in range(min(skipped, len(batch)), len(batch), ROWS):
                        yield from batch.slice(at, ROWS).to_pylist()
                    skipped = max(0, skipped - len(batch))
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            raise _damaged(file) from error


def _damaged(file: Path) -> DLCError:
    return DLCError(
        f"cannot read {printable(file.name)} of {printable(file.parent.name)}; was it cut off?"
    )
