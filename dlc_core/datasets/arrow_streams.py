"""Arrow files of a saved dataset, looked at before they are mapped: no value means another's bytes.

The `datasets` library writes plain columns, which take in memory what they take on the disk. Arrow
can also compress them, and let many cells mean the bytes of one: dictionaries, runs and views.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlc_core.errors import DLCError
from dlc_core.file_names import printable

# Flatbuffers of Arrow's Message.fbs: places of fields in their tables.
_HEADER, _COMPRESSION = 2, 3


def require_plain(folder: Path) -> None:
    """Refuse a folder of save_to_disk with an Arrow file that grows when it is read.

    Args:
        folder: of the data; damaged files are told by who reads them.

    Raises:
        DLCError: with the file, and what it holds.
    """
    from pyarrow import ArrowException

    for file in sorted(folder.rglob("*.arrow")):
        try:
            found = next(_growing(file), None)
        except (OSError, ArrowException):
            continue
        if found is not None:
            raise DLCError(
                f"{printable(file.name)} is refused: it holds {found}, which may grow without a "
                "bound (a bomb?); save it again with save_to_disk."
            )


def _growing(file: Path) -> Iterator[str]:
    """Yield what a stream holds that save_to_disk does not write."""
    import pyarrow as pa

    with pa.memory_map(str(file)) as mapped:
        schema = pa.ipc.open_stream(mapped).schema
        yield from filter(None, (_odd(field.type) for field in schema))
        mapped.seek(0)
        for message in pa.ipc.MessageReader.open_stream(mapped):
            if message.type == "dictionary":
                yield "dictionaries"
            if message.type == "record batch" and _compressed(message.metadata.to_pybytes()):
                yield "compressed columns"


def _odd(kind: Any) -> str:
    from pyarrow import types

    views = (
        types.is_string_view,
        types.is_binary_view,
        types.is_list_view,
        types.is_large_list_view,
    )
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return f"cells of the type {kind}"[:100]
    if any(test(kind) for test in views):
        return f"cells of the type {kind}"[:100]
    inner = (kind.field(place).type for place in range(kind.num_fields))
    return next(filter(None, map(_odd, inner)), "")


def _compressed(message: bytes) -> bool:
    header = _field(message, _number(message, 0, 4), _HEADER)
    return bool(header and _field(message, header + _number(message, header, 4), _COMPRESSION))


def _field(message: bytes, table: int, place: int) -> int:
    """Return where a field of a table is; 0 if it is not there."""
    fields = table - int.from_bytes(message[table : table + 4], "little", signed=True)
    if 4 + 2 * place >= _number(message, fields, 2):
        return 0
    found = _number(message, fields + 4 + 2 * place, 2)
    return table + found if found else 0


def _number(message: bytes, place: int, size: int) -> int:
    return int.from_bytes(message[place : place + size], "little")
