"""Tables of JSON: a list of objects, one that holds such a list, or an object a line."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pandas as pd

from dlc_core.datasets.boxes import refuse_coco
from dlc_core.datasets.csv_dialect import encoding_of
from dlc_core.datasets.table_text import require_cells, text_of
from dlc_core.errors import DLCError

_LONGEST_WHOLE = 40  # digits of a number; a longer one stays text
_SHORT = 16  # letters of a number of which a float surely has all digits
_CONSTANTS = {"NaN": None, "Infinity": "Infinity", "-Infinity": "-Infinity"}


def json_table(stream: IO[bytes], name: str, rows: int | None) -> pd.DataFrame:
    """Return the table in a JSON file; it may be lines of JSON, whatever its name says."""
    text = stream.read()
    try:
        value = _value(text.decode(encoding_of(text)))
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise
        return jsonl_table(io.BytesIO(text), name, rows)
    return _records(name, value)


def jsonl_table(stream: IO[bytes], name: str, rows: int | None) -> pd.DataFrame:
    """Return the table in lines of JSON, one object in each."""
    found: list[Any] = []
    with text_of(stream) as lines:
        for line in filter(str.strip, lines):
            found.append(_value(line))
            if len(found) == rows:
                break
    return _records(name, found)


def _value(text: str) -> Any:
    return json.loads(
        text, parse_int=_whole, parse_float=_float, parse_constant=_CONSTANTS.__getitem__
    )


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else digits


def _float(digits: str) -> float | str:
    """Return a number as such, as text where a float would not have all its digits."""
    number = float(digits)
    if len(digits) <= _SHORT and "e" not in digits.lower():
        return number
    return number if Decimal(digits) == Decimal(repr(number)) else digits


def _records(name: str, value: Any) -> pd.DataFrame:
    refuse_coco(Path(name), value)
    if isinstance(value, dict):
        value = _records_inside(value)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise DLCError(f"{name} is no list of records; expected one object for each image.")
    return records_table(value, name)


def records_table(records: list[dict[str, Any]], name: str) -> pd.DataFrame:
    """Return records as a table; each key of any of them is a column.

    Args:
        records: one for each row.
        name: of the file, for the sentence.

    Raises:
        DLCError: if they have so few keys in common that the table would not fit the memory.
    """
    require_cells(len(records), len(set(chain.from_iterable(records))), name)
    return pd.DataFrame(records, dtype=object)


def _records_inside(value: dict[str, Any]) -> Any:
    """Return the one list of objects that an object holds, as {"samples": [{…}, …]} does."""
    lists = [
        one for one in value.values() if isinstance(one, list) and one and isinstance(one[0], dict)
    ]
    return lists[0] if len(lists) == 1 else value
