"""A container: a file of records, read once from its start to its end, and again by place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol


class Broken(NamedTuple):
    """What stands in a value's place where it cannot be read: why, half a sentence."""

    reason: str


class Row(NamedTuple):
    """One value of a file.

    Attributes:
        value: of JSON, or a table's row as an object; Broken where it cannot be read.
        line: in the file, from 1; 0 in a table.
        offset, length: its bytes in what is in the file; -1, -1 in a table.
    """

    value: Any
    line: int
    offset: int = -1
    length: int = -1


class Container(Protocol):
    """An open file of records."""

    def rows(self) -> Iterator[Row]:
        """Yield all values in order, with bounded memory.

        Raises:
            DLCError: if the file is damaged as a whole.
        """

    def value(self, row: int, offset: int, length: int) -> Any:
        """Return one value again, as `rows` gave it; several threads may ask.

        Raises:
            DLCError: if the file is gone or has changed.
        """

    def raw(self, offset: int, length: int) -> bytes:
        """Return the bytes of one value, as they stand in the file; b"" in a table."""
