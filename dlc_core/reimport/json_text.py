"""JSON of strangers: too deep, too branched or not JSON at all is said in one sentence."""

from __future__ import annotations

import json
from typing import Any

from dlc_core.errors import DLCError

# Every object or list costs memory many times its text: "[]," would grow thirtyfold.
_MOST_CONTAINERS = 2_000_000


def json_value(text: str) -> Any:
    """Return the object or list that a text is, or None if it is not a single one.

    Raises:
        DLCError: if it is too branched or too deep to be ours.
    """
    if text.count("[") + text.count("{") > _MOST_CONTAINERS:
        raise DLCError(
            f"it is JSON with more than {_MOST_CONTAINERS:,} parts; bring back CSV or Parquet."
        )
    try:
        return json.loads(text)
    except RecursionError as error:
        raise DLCError("it is JSON that nests too deep to be of dlc.") from error
    except ValueError:
        return None


def json_lines(text: str) -> list[Any]:
    """Return the values of JSON lines, at least one; a last line that is torn counts as damage.

    Raises:
        DLCError: if a line is no JSON.
    """
    values = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise DLCError(
                    f"it begins like JSON, but line {number:,} cannot be read as such; "
                    "was it cut off?"
                ) from error
    return values
