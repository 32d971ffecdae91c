"""What image exports may read, and where they may write."""

from __future__ import annotations

from pathlib import Path

from dashboard.export.shelf import FOLDER
from dashboard.settings import require_readable
from dlc_core.errors import DLCError
from dlc_core.runs import Run


def images_problem(run: Run) -> str:
    """Return one sentence on why a run's images cannot be exported here, or ""."""
    root = str(run.info["dataset"]["root"] or "")
    if not root:
        return "This run is of bundled data without image files: take a table."
    try:
        folder = require_readable(root)
    except DLCError as error:
        return f"The images cannot be exported: {error}"
    if not folder.is_dir():
        return f"The dataset's folder {root} cannot be found: bring it back, or take a table."
    return ""


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
