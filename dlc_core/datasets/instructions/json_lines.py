"""JSON lines: one record in each line, kept as the bytes that it is."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from dlc_core.datasets.csv_dialect import encoding_of
from dlc_core.datasets.instructions.container import Broken, Row
from dlc_core.datasets.instructions.file_bytes import FileBytes
from dlc_core.datasets.instructions.json_record import json_record
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

LONGEST = 1 << 26  # bytes of one record


class JsonLines:
    """A file of JSON lines; lines with nothing in them are passed over."""

    def __init__(self, file: Path) -> None:
        """Read nothing yet.

        Args:
            file: that is there.
        """
        self._bytes = FileBytes(file)

    def rows(self) -> Iterator[Row]:
        """Yield the lines in order; a line's bytes hold its end, the first's a byte order mark."""
        with self._bytes.stream() as stream:
            at = 0
            for number, (line, length) in enumerate(_lines(stream), 1):
                if number == 1:
                    require_utf8(line[:4], self._bytes.file.name)
                if line.removeprefix(codecs.BOM_UTF8).strip():
                    yield Row(_record(line), number, at, length)
                at += length

    def value(self, row: int, offset: int, length: int) -> Any:  # noqa: ARG002
        """Return one record again."""
        return _record(self.raw(offset, length))

    def raw(self, offset: int, length: int) -> bytes:
        """Return one line as it stands in the file, its end included."""
        return self._bytes.at(offset, length)


def require_utf8(start: bytes, name: str) -> None:
    """Refuse text whose first bytes say that it is UTF-16 or UTF-32.

    Raises:
        DLCError: with what to do.
    """
    encoding = encoding_of(start)
    if encoding != "utf-8-sig":
        raise DLCError(f"{printable(name)} is {encoding.upper()}; save it as UTF-8 and try again.")


def _record(line: bytes) -> Any:
    if len(line) >= LONGEST:
        return Broken(f"the line is longer than {LONGEST:,} bytes")
    return json_record(line)


def _lines(stream: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield each line and its length; of one that is too long the first LONGEST bytes."""
    while line := stream.readline(LONGEST):
        length = len(line)
        part = line
        while len(part) >= LONGEST and not part.endswith(b"\n"):
            part = stream.readline(LONGEST)
            length += len(part)
        yield line, length
