"""What the launcher told the server: the folder of runs, and where data may be read."""

from __future__ import annotations

import os
from pathlib import Path

from dlc_core.data_roots import given_roots, require_below
from dlc_core.errors import DLCError
from dlc_core.runs.folder import default_runs_folder


def runs_folder() -> Path:
    """Return the folder of runs."""
    return default_runs_folder()


def uploads_folder() -> Path:
    """Return the folder of what was uploaded in the browser."""
    return runs_folder() / ".uploads"


def opens() -> str:
    """Return the name of the run that the dashboard opens on, or ""."""
    return os.environ.get("DLC_OPENS", "")


def data_roots() -> list[Path]:
    """Return the folders below which datasets may be read."""
    roots = given_roots() or [Path.home().resolve(), Path.cwd().resolve()]
    return [*roots, uploads_folder().resolve()]


def require_readable(path: str) -> Path:
    """Return a path, resolved, if the dashboard may read there.

    Raises:
        DLCError: if it lies outside the data roots.
    """
    if not path.strip() or "\0" in path:
        raise DLCError("no folder was given; type the path of an image folder (root/class/file).")
    start = Path(os.environ.get("DLC_START", "."))  # a relative path means from where it began
    resolved = (start / Path(path.strip()).expanduser()).resolve()
    require_below(resolved, data_roots(), told=data_roots()[:-1])  # the last is our own
    return resolved
