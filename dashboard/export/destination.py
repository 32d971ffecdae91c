"""What image exports may read, and where they may write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboard.server_settings import require_readable
from dlc_core.datasets import find_source
from dlc_core.datasets.reopen import has_files, source_of
from dlc_core.errors import DLCError
from dlc_core.jobs.export_history import FOLDER
from dlc_core.needs import lack
from dlc_core.runs import Run


def images_problem(run: Run) -> str:
    """Return one sentence on why a run's images cannot be exported here, or ""."""
    if said := lack(run, "An export with images", ("images",), instead="take a table"):
        return said
    known = run.info["dataset"]
    root = str(known["root"] or "")
    if not has_files(known):
        return _source_problem(known)
    try:
        folder = require_readable(root)
    except DLCError as error:
        return f"The images cannot be exported: {error}"
    if not folder.is_dir():
        return f"The dataset's folder {root} cannot be found: bring it back, or take a table."
    return ""


def _source_problem(known: dict[str, Any]) -> str:
    """Return why data whose images are no files cannot be read again here, or ""."""
    source = source_of(known)
    if not source:
        return "The data was given from Python: its images cannot be had again; take a table."
    path = find_source(source).path
    if path is None:
        return ""
    try:
        require_readable(str(path))
    except DLCError as error:
        return f"The images cannot be exported: {error}"
    return "" if _there(path) else f"{path} cannot be found: bring it back, or take a table."


def _there(path: Path) -> bool:
    return path.exists() or any(mark in path.name for mark in "*?{")  # a pattern of shards


def destination(run: Run, typed: str) -> Path | None:
    """Return the folder that a person typed; None for the run's own folder of exports.

    Raises:
        DLCError: if it lies neither below the data roots nor in the run's folder of exports.
    """
    if not typed.strip():
        return None
    own = (run.path / FOLDER).resolve()
    plain = Path(typed.strip()).expanduser()
    if "\0" not in typed and plain.is_absolute() and plain.resolve().parent == own:
        return plain.resolve()
    return require_readable(typed)
