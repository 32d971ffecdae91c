"""File names that may not be valid text."""

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
    return os.fsencode(name).decode("utf-8", "backslashreplace")
