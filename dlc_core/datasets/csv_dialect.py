"""How a table of text is written: its encoding, what comes before its header, its separator."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import IO

_SEPARATORS = ",;\t|"
_HEAD_BYTES = 1 << 16
_LINES = re.compile(r"\r\n|\r|\n")
_SEP_LINE = re.compile(r'"?sep=(.)"?[,;\t |]*', re.IGNORECASE)
# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Dialect:
    """How a table of text is written.

    Attributes:
        separator: between cells.
        skip: lines before the header: "sep=;" of spreadsheets, remarks, empty ones.
        header: the header's line; "" if there is none.
        loose: whether a quote comes after a blank, so that blanks before cells mean nothing.
    """

    separator: str
    skip: int
    header: str
    loose: bool


def encoding_of(start: bytes) -> str:
    """Return the encoding that the first bytes of a text tell; UTF-8 if they tell none."""
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8-sig")


def head_of(stream: IO[bytes]) -> str:
    """Return the beginning of a text, to see how it is written; the stream goes back to 0."""
    start = stream.read(_HEAD_BYTES)
    stream.seek(0)
    return start.decode(encoding_of(start), errors="ignore")


def dialect_of(head: str, *, separator: str | None = None) -> Dialect:
    """Return how a table is written.

    Args:
        head: its first lines.
        separator: what is known of it, as ".tsv" says; None finds it out.
    """
    lines = _LINES.split(head)
    skip = 0
    for skip, line in enumerate(lines):  # noqa: B007 - where the header is
        said = _SEP_LINE.fullmatch(line)
        if said:
            separator = said[1]
        elif line.strip(_SEPARATORS + " ") and not _is_remark(line):
            break
    else:
        return Dialect(separator or ",", 0, "", loose=False)
    header = lines[skip]
    if separator is None:
        separator = max(_SEPARATORS, key=header.count)
        if separator not in header and len(header.split()) > 1:
            separator = " "
    after = rf"(^|{re.escape(separator)}) +\"" if separator != " " else r"(?!)"
    loose = any(re.search(after, line) for line in lines[skip : skip + 20])
    return Dialect(separator, skip, header, loose)


def _is_remark(line: str) -> bool:
    return line.startswith("#") and not any(separator in line for separator in _SEPARATORS)
