"""One record of JSON out of its bytes, whatever strangers wrote: what is wrong is a reason."""

from __future__ import annotations

import codecs
import json
from typing import Any

from dlc_core.datasets.instructions.container import Broken

# Every object or list costs memory many times its text.
_MOST_PARTS = 1_000_000


def json_record(data: bytes) -> Any:
    """Return the value in the bytes of a record, or Broken with the reason.

    Args:
        data: of one value, perhaps with blanks and a byte order mark around it.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.count(b"[") + data.count(b"{") > _MOST_PARTS:
        return Broken(f"it is JSON of more than {_MOST_PARTS:,} parts")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return Broken(f"it is no UTF-8 (byte {error.start:,})")
    try:
        return _value(text)
    except RecursionError:
        return Broken("it is JSON that nests too deep")
    except ValueError as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else "a value"
        return Broken(f"it is no JSON ({said[:60]})")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number of thousands of digits
        return json.loads(text, parse_int=str)
