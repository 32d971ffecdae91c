"""A JSON array of records, read element by element: each keeps the slice of bytes that it is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from dlc_core.datasets.instructions.container import Container, Row
from dlc_core.datasets.instructions.file_bytes import FileBytes
from dlc_core.datasets.instructions.json_lines import LONGEST, JsonLines, require_utf8
from dlc_core.datasets.instructions.json_record import json_record
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

_BLANK = b" \t\r\n"
_BLANKS = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Up to the next bracket inside an element; outside, up to the next comma, too.
_INSIDE = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+([\[\]{}])", re.DOTALL)
_OUTSIDE = re.compile(rb'(?:[^"\[\]{},]++|' + _STRING + rb")*+([\[\]{},])", re.DOTALL)
_DEEPEST = 100_000  # brackets in each other; far fewer are a fault of their record
_PART = 1 << 20  # bytes that are read at once, at least


class JsonArray:
    """A file that is one array."""

    def __init__(self, file: Path) -> None:
        """Read nothing yet.

        Args:
            file: that is there.
        """
        self._bytes = FileBytes(file)

    def rows(self) -> Iterator[Row]:
        """Yield the elements in order.

        Raises:
            DLCError: if it is no array from some place on: where the next element begins is not
                known then.
        """
        with self._bytes.stream() as stream:
            yield from _Elements(stream, self._bytes.file.name)

    def value(self, row: int, offset: int, length: int) -> Any:  # noqa: ARG002
        """Return one element again."""
        return json_record(self.raw(offset, length))

    def raw(self, offset: int, length: int) -> bytes:
        """Return one element as it stands in the file, without what is around it."""
        return self._bytes.at(offset, length)


class _Elements:
    """The elements of an array in a stream, of which a part is in memory.

    Nothing is made of an element before its end is found: that takes strings and brackets only, so
    that what is wrong inside one is a fault of that one, however deep or branched it is.
    """

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream, self._name = stream, name
        self._data = b""
        self._begin = 0  # of `_data` in the stream
        self._start = 0  # of the element, in `_data`
        self._line, self._counted = 1, 0  # line of the place `_counted` in `_data`
        self._ended = False

    def __iter__(self) -> Iterator[Row]:
        self._more()
        require_utf8(self._data[:4], self._name)
        self._start = len(codecs.BOM_UTF8) * self._data.startswith(codecs.BOM_UTF8)
        if self._first() != b"[":
            raise self._damaged("expected [")
        self._start += 1
        if self._first() == b"]":
            self._start += 1
        else:
            mark = b","
            while mark == b",":
                self._first()
                length, mark = self._element()
                end = self._start + length
                data = self._data[self._start : end].rstrip(_BLANK)
                yield Row(json_record(data), self._line_of(self._start),
                          self._begin + self._start, len(data))  # fmt: skip
                self._start = end + 1
        if self._first():
            raise self._damaged("more follows the array's end")

    def _element(self) -> tuple[int, bytes]:
        """Return the length of the element that begins here, and the mark after it."""
        depth, length = 0, 0  # what was gone through of it
        while True:
            found = (_INSIDE if depth else _OUTSIDE).match(self._data, self._start + length)
            if found is None:
                if self._ended:
                    raise self._damaged("its end is missing")
                if len(self._data) - self._start > LONGEST:
                    raise self._damaged(f"one element is longer than {LONGEST:,} bytes")
                self._more()
                continue
            mark, length = found[1], found.end() - self._start
            if not depth and mark in b",]":
                return length - 1, mark
            depth += 1 if mark in b"[{" else -1
            if not 0 <= depth <= _DEEPEST:
                said = "there is a bracket too many" if depth < 0 else "it nests too deep"
                raise self._damaged(said)

    def _first(self) -> bytes:
        """Go to what is no blank, and return that byte; b"" at the end."""
        while True:
            found = _BLANKS.match(self._data, self._start)
            self._start = found.end() if found else self._start
            if self._start < len(self._data) or self._ended:
                return self._data[self._start : self._start + 1]
            self._more()

    def _more(self) -> None:
        """Let go of what was read, and read as much again as is left, at least a part."""
        self._line_of(self._start)
        kept = self._data[self._start :]
        read = self._stream.read(max(_PART, len(kept)))
        self._ended = not read
        self._begin += self._start
        self._data, self._start, self._counted = kept + read, 0, 0

    def _line_of(self, place: int) -> int:
        self._line += self._data.count(b"\n", self._counted, place)
        self._counted = place
        return self._line

    def _damaged(self, reason: str) -> DLCError:
        return DLCError(
            f"{printable(self._name)} is no JSON array from line {self._line_of(self._start):,} "
            f"(byte {self._begin + self._start:,}) on: {reason}; was it cut off?"
        )


def json_file(file: Path) -> Container:
    """Return a .json file as an array, or as lines where it does not begin with one.

    Args:
        file: that is there.

    Raises:
        DLCError: if it cannot be read.
    """
    with FileBytes(file).stream() as stream:
        start = stream.read(_PART).removeprefix(codecs.BOM_UTF8).lstrip()
    return JsonLines(file) if start.startswith(b"{") else JsonArray(file)
