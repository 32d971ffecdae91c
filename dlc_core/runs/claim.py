"""Taking a run directory to write it, and noting how that ended."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from dlc_core.atomic_files import TEMPORARY, read_json, remove_leftovers, write_record
from dlc_core.errors import DLCError, refused
from dlc_core.file_names import is_utf8
from dlc_core.runs.plain_files import require_plain_files
from dlc_core.runs.run import Run


def claim(out: str | Path, *, resume: bool) -> Path:
    """Create the run directory, readable by its owner only, or take the one to go on with.

    Raises:
        DLCError: if it exists without `resume`, holds something else, or cannot be made.
    """
    folder = Path(out).expanduser().absolute()
    try:
        require_plain_files(folder)
        if folder.is_dir() and any(folder.iterdir()):
            if not resume:
                raise DLCError(
                    f"{folder} exists already; go on with --resume, or choose another --out."
                )
            names = {entry.name for entry in folder.iterdir() if entry.suffix != TEMPORARY}
            if "run.json" in names:
                Run.open(folder, unfinished=True)
            elif not names <= {".lock", "work", "progress.json"}:
                raise DLCError(f"{folder} is not empty and no run; choose another --out.")
        if not is_utf8(str(folder)):
            raise DLCError("the run directory's name is not valid UTF-8; choose another --out.")
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # it will hold pictures of the user's data
    except OSError as error:
        raise DLCError(
            f"cannot make the run directory {folder}: {error.strerror}; choose another --out."
        ) from error
    return folder


@contextlib.contextmanager
def recording(folder: Path) -> Iterator[None]:
    """Note in run.json how a scoring ended that did not finish."""
    remove_leftovers(folder)
    try:
        yield
    except KeyboardInterrupt:
        _set_status(folder, "interrupted")
        raise
    except DLCError as error:
        _set_status(folder, "failed", str(error))
        raise
    except OSError as error:
        if not folder.is_dir():
            raise DLCError(
                f"the run directory {folder} was removed while it was written; score again."
            ) from error
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            with contextlib.suppress(OSError):
                _set_status(folder, "failed", refused(error.filename or folder, error))
            raise
        text = "the disk is full; make room and go on with --resume, what was done is kept."
        with contextlib.suppress(OSError):
            _set_status(folder, "failed", text)
        raise DLCError(text) from error
    except Exception as error:
        _set_status(folder, "failed", f"{type(error).__name__}: {error}")
        raise


def _set_status(folder: Path, status: str, error: str = "") -> None:
    record = read_json(folder / "run.json")
    if record is not None and record.get("status") != "done":
        write_record(folder, {**record, "status": status, "error": error})
