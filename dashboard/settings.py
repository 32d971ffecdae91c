"""What the launcher told the server: the folder of runs, and where data may be read."""

from __future__ import annotations

import json
import os
from pathlib import Path

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
    given = json.loads(os.environ.get("DLC_DATA_ROOTS", "[]"))
    roots = [Path(root) for root in given or (Path.home(), Path.cwd())]
    return [root.resolve() for root in (*roots, uploads_folder())]


def require_readable(path: str) -> Path:
    """Return a path, resolved, if the dashboard may read there.

    Raises:
        DLCError: if it lies outside the data roots.
    """
    if not path.strip() or "\0" in path:
        raise DLCError("no folder was given; type the path of an image folder (root/class/file).")
    start = Path(os.environ.get("DLC_START", "."))  # a relative path means from where it began
    resolved = (start / Path(path.strip()).expanduser()).resolve()
    if not any(resolved.is_relative_to(root) for root in data_roots()):
        roots = data_roots()[:-1]  # the last is our own
        folder = resolved if resolved.is_dir() else resolved.parent
        raise DLCError(
            f"{resolved} is outside the folders this dashboard may read "
            f"({', '.join(map(str, roots))}); start it with dlc app --data-root "
            f"{' '.join(map(str, [*roots, folder]))} to allow that one, too."
        )
    return resolved
