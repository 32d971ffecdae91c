"""The exports of a run, kept in RUN/exports/: their list, their progress, and their end.

A job's key is the thing it writes, RUN/exports/NAME: its record lies in RUN/exports/.jobs, so that
nobody takes it for the job that scores the run.
"""

from __future__ import annotations

import glob
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from dlc_core import jobs
from dlc_core.atomic_files import TEMPORARY
from dlc_core.errors import DLCError, refused
from dlc_core.plurals import counted
from dlc_core.records.progress import fraction, step_words

FOLDER = "exports"
SUBSET = ".subset.json"


@dataclass(frozen=True)
class Export:
    """One export of a run.

    Attributes:
        name: in RUN/exports/.
        path: what it wrote or will write; elsewhere if a person said so.
        state: "running", "done", "stopped", "failed", or "gone" if it was removed since.
        size: bytes on the disk; 0 unless it is done.
        share: how much is done, in [0, 1].
        words: of its last step, of why it failed, or "".
        command: that makes it, as a person could type it; "" where that is not known.
        date: when it was written or, unless it is done, begun; seconds since 1970.
    """

    name: str
    path: Path
    state: str
    size: int = 0
    share: float = 0.0
    words: str = ""
    command: str = ""
    date: float = 0.0


def exports_of(run: Path) -> list[Export]:
    """Return what was exported or is being exported from a run, the newest job first."""
    folder = run / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return []
    started = {job.run.name: job for job in jobs.jobs_in(folder)}
    others = [file for file in folder.iterdir() if file.name not in started and _ours(file)]
    found: list[Export] = []
    for job in started.values():
        with suppress(OSError):  # deleted while we look
            item = _of_job(folder, job)
            begun = item.date or time.time() - (jobs.seconds_since_start(job.run) or 0.0)
            found.append(replace(item, command=job.command, date=begun))
    for file in sorted(others):
        with suppress(OSError):
            found.append(_finished(file.name, file))
    return found


def running(run: Path) -> list[Export]:
    """Return the exports that are being made now."""
    return [item for item in exports_of(run) if item.state == "running"]


def _ours(file: Path) -> bool:
    hidden = file.name.startswith(".") or file.name.endswith(SUBSET)
    return not hidden and file.name.isprintable() and not file.is_symlink()


def _of_job(folder: Path, job: jobs.Job) -> Export:
    name = job.run.name
    inside = folder / name  # the record's own path is of the time before a run was renamed
    path = inside if inside.exists() else _out(job.arguments) or inside
    if job.state == "running":
        if job.step is None:
            return Export(name, path, "running", words="Starting …")
        return Export(name, path, "running", share=fraction(job.step), words=step_words(job.step))
    # Nothing has its name before it is complete, and none that is taken is started.
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        faults = 0 if job.outcome is None else job.outcome.counts.get("faults", 0)
        left_out = f"{counted(faults, 'image')} could not be exported" if faults else ""
        return _finished(name, path, left_out)
    state = {"interrupted": "stopped", "done": "gone"}.get(job.state, job.state)
    return Export(name, path, state, words=job.message)


def _finished(name: str, path: Path, words: str = "") -> Export:
    seen = path.stat()
    size = _size(str(path), seen.st_mtime_ns)
    return Export(name, path, "done", size, 1.0, words, date=seen.st_mtime)


@lru_cache(maxsize=256)
def _size(path: str, stamp: int) -> int:  # noqa: ARG001 - a new tree, a new walk
    top = Path(path)
    if not top.is_dir():
        return top.lstat().st_size
    return sum((Path(at) / name).lstat().st_size for at, _, names in os.walk(top) for name in names)


def _out(arguments: Sequence[str]) -> Path | None:
    return next((Path(value) for option, value in pairwise(arguments) if option == "--out"), None)


def cancel(run: Path, name: str) -> None:
    """Ask the process that makes an export to stop."""
    jobs.cancel(run / FOLDER / name)


def delete(run: Path, name: str) -> None:
    """Delete an export and what is known of it; what was written elsewhere stays there.

    Raises:
        DLCError: if it is being made, or cannot be deleted.
    """
    item = next((item for item in exports_of(run) if item.name == name), None)
    if item is None:
        return
    if item.state == "running":
        raise DLCError(f"{name} is being made; cancel it first.")
    folder = run / FOLDER
    left = folder.glob(f".{glob.escape(name)}.*{TEMPORARY}")  # of a process that was killed
    try:
        for path in (folder / name, folder / f"{name}{SUBSET}", *left):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise DLCError(refused(name, error, act="delete")) from error
    jobs.forget(folder / name)
