"""What the launcher told the server: the folder of runs, and where data may be read."""

from __future__ import annotations

import json
import os
from pathlib import Path

from dlc_core.data_roots import (
    UPLOADS,
    VARIABLE,
    default_roots,
    given_roots,
    limited,
    require_below,
    require_model,
    typed_path,
)
from dlc_core.default_folders import default_runs_folder
from dlc_core.errors import DLCError


def runs_folder() -> Path:
    """Return the folder of runs."""
    return default_runs_folder()


def uploads_folder() -> Path:
    """Return the folder of what was uploaded in the browser."""
    return runs_folder() / UPLOADS


def opens() -> str:
    """Return the name of the run that the dashboard opens on, or ""."""
    return os.environ.get("DLC_OPENS", "")


def set_data_roots() -> None:
    """Let this server and its jobs read below the default folders, unless it was told which."""
    if not limited():
        os.environ[VARIABLE] = json.dumps(list(map(str, default_roots())))


def data_roots() -> list[Path]:
    """Return the folders below which datasets may be read."""
    return [*(given_roots() or default_roots()), uploads_folder().resolve()]


def require_readable(path: str) -> Path:
    """Return a path, resolved, if the dashboard may read there.

    Raises:
        DLCError: if it lies outside the data roots.
    """
    if not path.strip() or "\0" in path:
        raise DLCError("no folder was given; type the path of an image folder (root/class/file).")
    start = Path(os.environ.get("DLC_START", "."))  # a relative path means from where it began
    try:
        resolved = (start / typed_path(path.strip())).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise DLCError("this path is a link that leads to itself; type another.") from error
    # The last root is our own.
    require_below(resolved, data_roots(), told=data_roots()[:-1], named=path.strip())
    return resolved


def require_readable_model(path: str) -> Path:
    """Return the path of a backbone or of weights, resolved, if the dashboard may take it.

    Raises:
        DLCError: if it lies outside the data roots, or in what was uploaded.
    """
    return require_model(require_readable(path))
