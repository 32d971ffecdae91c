"""Named recipes that stay in a run, under `subsets/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlc_core.errors import DLCError
from dlc_core.recipes.rebuild import checked
from dlc_core.runs.files import read_json, write_json

_FOLDER, _SUFFIX = "subsets", ".recipe.json"
_NAME = re.compile(r"\w[\w .-]{0,59}")


def saved_recipes(run_path: Path) -> dict[str, dict[str, Any]]:
    """Return the records that are kept in a run, by name; a damaged one is left out."""
    found = {}
    for file in sorted((run_path / _FOLDER).glob(f"*{_SUFFIX}")):
        value = read_json(file)
        try:
            found[file.name.removesuffix(_SUFFIX)] = checked(value, file.name)
        except DLCError:
            continue
    return found


def save_recipe(run_path: Path, name: str, record: Mapping[str, Any]) -> None:
    """Keep a record under a name; one of that name is replaced.

    Raises:
        DLCError: if the name cannot be a file's, or the file cannot be written.
    """
    file = _file(run_path, name)
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write_json(file, dict(record))
    except OSError as error:
        raise DLCError(f"cannot write {file}: {error.strerror}.") from error


def delete_recipe(run_path: Path, name: str) -> None:
    """Remove a named record; one that is gone already is no mistake."""
    _file(run_path, name).unlink(missing_ok=True)


def _file(run_path: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise DLCError(
            "a recipe's name must be letters, digits, spaces, '-', '_' and '.', at most 60, "
            f"got {name!r}."
        )
    return run_path / _FOLDER / f"{name}{_SUFFIX}"
