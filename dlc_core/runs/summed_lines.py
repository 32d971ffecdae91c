"""Files of lines that only grow: each line is a JSON object whose last key, `sum`, proves it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from dlc_core.digests import bytes_digest

WHOLE, UNSUMMED, CUT, DAMAGED = "whole", "unsummed", "cut", "damaged"
_SUM = re.compile(rb',"sum":"([0-9a-f]{32})"\}')
_LENGTH = 42  # bytes of what _SUM matches
# The end of an object, or what is left of a sum: a line that was cut short has neither, unless it
# was cut within its sum.
_ENDED = re.compile(rb'\}\s*$|"sum')
_BEGIN = b'{"'  # of each line, however early it was cut
_NEVER = re.compile(rb"[\x00-\x1f\x7f\xfe\xff]")  # in a line: the text of JSON has none of them
_CUT_IN_SUM = re.compile(rb',"sum(":?|":"[0-9a-f]{0,32}"?)?$')


def with_sum(line: bytes) -> bytes:
    """Return a line with its sum: the digest of its bytes, put in as the object's last key.

    Args:
        line: a JSON object that is not empty, without its line break.
    """
    return line[:-1] + b',"sum":"' + bytes_digest(line).encode() + b'"}'


def mended(line: bytes) -> bytes:
    """Return the line without what a damaged line break has left at its end."""
    return line[:-1] if _proven(line[:-1]) else line


def state_of(line: bytes) -> str:
    """Return what a line is, without its line break.

    WHOLE: its sum is right. UNSUMMED: an object without a sum, of an older version. CUT: its writer
    was stopped within it. DAMAGED: it is not what was written.
    """
    if _proven(line) or _proven(line[:-1]):
        return WHOLE
    if _SUM.fullmatch(line[-_LENGTH:]):
        return DAMAGED
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError):
        if not _BEGIN.startswith(line[:2]) or _NEVER.search(line):  # no writer leaves that
            return DAMAGED
        end = line[-_LENGTH - 3 :]
        return DAMAGED if _ENDED.search(end) and not _CUT_IN_SUM.search(end) else CUT
    return DAMAGED if isinstance(value, dict) and "sum" in value else UNSUMMED


def _proven(line: bytes) -> bool:
    found = _SUM.fullmatch(line[-_LENGTH:])
    return found is not None and bytes_digest(line[:-_LENGTH] + b"}") == found[1].decode()


def damaged_lines(file: Path) -> tuple[list[int], int]:
    """Return (numbers of the damaged lines, from 1; how many lines have no sum) of a file.

    Raises:
        OSError: if it cannot be read.
    """
    damaged, unsummed = [], 0
    for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
        if not line:
            continue
        state = state_of(line)
        damaged += [number] if state == DAMAGED else []
        unsummed += state == UNSUMMED
    return damaged, unsummed
