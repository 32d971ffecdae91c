"""File names that may not be valid text, and sizes, for people."""

from __future__ import annotations

import os


def is_utf8(name: str) -> bool:
    """Whether a file name is valid text (names from the system may not be)."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(name: str) -> str:
    """Return a file name as valid text, bytes that are not UTF-8 escaped as \\xNN."""
    try:
        data = os.fsencode(name)
    except UnicodeEncodeError:  # half a character, which JSON can hold
        data = name.encode("utf-8", "backslashreplace")
    return data.decode("utf-8", "backslashreplace")


def readable_bytes(size: float) -> str:
    """Return a size such as "1.4 GB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def stored_name(column: str) -> str:
    """Return what a column of the data is called in a run, where `id` is a sample's place."""
    name = printable(column)
    return "source id" if name == "id" else name
