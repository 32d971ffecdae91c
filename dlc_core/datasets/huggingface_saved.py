"""What `save_to_disk` of the `datasets` library wrote, looked at before the library reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dlc_core.data_files import read_data
from dlc_core.datasets.files_below import shown
from dlc_core.errors import DLCError
from dlc_core.file_names import printable

_PARTS, _STATE = "dataset_dict.json", "state.json"
_AGAIN = "save the data set again (save_to_disk)"


def require_own_files(folder: Path) -> None:
    """Refuse a folder whose lists name files that do not lie in it, which the library would open.

    Raises:
        DLCError: naming the first, or if a list cannot be read.
    """
    if (folder / _STATE).is_file():
        _require_state(folder / _STATE)
    if (folder / _PARTS).is_file():
        for part in _list(folder / _PARTS, _read(folder / _PARTS), "splits"):
            _require_plain(folder / _PARTS, part)
            _require_state(folder / part / _STATE)


def _require_state(file: Path) -> None:
    state = _read(file)
    for key in ("_data_files", "_indices_data_files"):
        for one in _list(file, state, key):
            _require_plain(file, one.get("filename") if isinstance(one, dict) else one)


def _list(file: Path, values: dict[str, Any], key: str) -> list[Any]:
    found = values.get(key)
    if found is not None and not isinstance(found, list):
        raise DLCError(f"{key} in {shown(file)} is no list; {_AGAIN}.")
    return found or []


def _require_plain(file: Path, name: Any) -> None:
    plain = isinstance(name, str) and Path(name).name == name and name != ".."
    if not plain or set(name) & set("\\:*?[\0"):
        raise DLCError(
            f"{shown(file)} names {printable(str(name))[:100]!r}, which does not lie beside it; "
            f"{_AGAIN}."
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_data(file))
    except FileNotFoundError as error:
        raise DLCError(f"there is no {shown(file)}; {_AGAIN}.") from error
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, DLCError):
            raise
        raise DLCError(f"{shown(file)} cannot be read; {_AGAIN}.") from error
    if not isinstance(value, dict):
        raise DLCError(f"{shown(file)} holds no object; {_AGAIN}.")
    return value
