"""Named recipes that stay in a run, under `subsets/`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json, remove_summed, write_json
from dlc_core.errors import DLCError, refused
from dlc_core.recipes.rebuild import checked
from dlc_core.runs.damage import fault_of

_FOLDER, _SUFFIX = "subsets", ".recipe.json"
_NAME = re.compile(r"\w[\w .-]{0,59}")


def saved_recipes(run_path: Path) -> dict[str, dict[str, Any]]:
    """Return the records that are kept in a run, by name; a damaged one is left out."""
    found = {}
    for file in sorted((run_path / _FOLDER).glob(f"*{_SUFFIX}")):
        if fault_of(run_path, f"{_FOLDER}/{file.name}", None):
            continue
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
        write_json(file, dict(record), summed=True)
    except OSError as error:
        raise DLCError(refused(file, error)) from error


def delete_recipe(run_path: Path, name: str) -> None:
    """Remove a named record; one that is gone already is no mistake."""
    with contextlib.suppress(FileNotFoundError):
        remove_summed(_file(run_path, name))


def _file(run_path: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise DLCError(
            "a recipe's name must be letters, digits, spaces, '-', '_' and '.', at most 60, "
            f"got {name!r}."
        )
    return run_path / _FOLDER / f"{name}{_SUFFIX}"
