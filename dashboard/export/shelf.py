"""The exports of a run: started as jobs, kept in RUN/exports/, listed and deleted.

A job's key is the thing it writes, RUN/exports/NAME: its record lies in RUN/exports/.jobs, so that
nobody takes it for the job that scores the run.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from dlc_core import jobs
from dlc_core.errors import DLCError
from dlc_core.export import encode_subset, write_file
from dlc_core.runs import Run
from dlc_core.runs.files import TEMPORARY
from dlc_core.selection import Subset

FOLDER = "exports"
_SUBSET = ".subset.json"
_DONE = ("wrote ", "report of ")  # how the last words of the two commands begin
_BAR = re.compile(r"(?P<phase>.*?) [█░]+ +(?P<percent>\d+) %, (?P<rest>.*)")


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
    """

    name: str
    path: Path
    state: str
    size: int = 0
    share: float = 0.0
    words: str = ""


def exports_of(run: Path) -> list[Export]:
    """Return what was exported or is being exported from a run, the newest first."""
    folder = run / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return []
    started = {job.run.name: job for job in jobs.jobs_in(folder)}
    found = [_of_job(folder, job) for job in started.values()]
    others = [file for file in folder.iterdir() if file.name not in started and _ours(file)]
    others.sort(key=lambda file: file.lstat().st_mtime, reverse=True)
    return [*found, *(_finished(file.name, file) for file in others)]


def running(run: Path) -> list[Export]:
    """Return the exports that are being made now."""
    return [item for item in exports_of(run) if item.state == "running"]


def _ours(file: Path) -> bool:
    hidden = file.name.startswith(".") or file.name.endswith(_SUBSET)
    return not hidden and file.name.isprintable() and not file.is_symlink()


def _of_job(folder: Path, job: jobs.Job) -> Export:
    name = job.run.name
    inside = folder / name  # the record's own path is of the time before a run was renamed
    path = inside if inside.exists() else _out(job.arguments) or inside
    if job.state == "running":
        step = _BAR.fullmatch(_last_line(folder, name))
        if step is None:
            return Export(name, path, "running", words="Starting …")
        words = f"{step['phase'][:1].upper()}{step['phase'][1:]}: {step['rest']}"
        return Export(name, path, "running", share=int(step["percent"]) / 100, words=words)
    # Nothing has its name before it is complete, and none that is taken is started.
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        return _finished(name, path, _faults(job.message))
    if job.message.startswith(_DONE):
        return Export(name, path, "gone")
    if job.state == "interrupted" or _BAR.fullmatch(job.message):
        return Export(name, path, "stopped")
    return Export(name, path, "failed", words=job.message)


def _finished(name: str, path: Path, words: str = "") -> Export:
    size = _size(str(path), path.stat().st_mtime_ns)
    return Export(name, path, "done", size, 1.0, words)


@lru_cache(maxsize=256)
def _size(path: str, stamp: int) -> int:  # noqa: ARG001 - a new tree, a new walk
    top = Path(path)
    if not top.is_dir():
        return top.lstat().st_size
    return sum((Path(at) / name).lstat().st_size for at, _, names in os.walk(top) for name in names)


def _out(arguments: Sequence[str]) -> Path | None:
    return next((Path(value) for option, value in pairwise(arguments) if option == "--out"), None)


def _faults(message: str) -> str:
    """Return "3 images could not be exported" out of the job's last words, or ""."""
    found = re.search(r"[\d,]+ images? could not be exported", message)
    return found[0] if found else ""


def _last_line(folder: Path, name: str) -> str:
    try:
        text = (folder / ".jobs" / f"{name}.log").read_text(errors="replace")
    except OSError:
        return ""
    return text.rstrip().rpartition("\n")[2].removeprefix("dlc: ")


def start_images(
    run: Run,
    kept: Subset,
    name: str,
    *,
    format_name: str,
    part: str = "kept",
    mode: str = "copy",
    out: Path | None = None,
) -> None:
    """Write the subset beside where the export will be, and start `dlc export`.

    Args:
        run: that the subset is of.
        kept: the subset.
        name: of the export, with its suffix; a number is put behind one that is taken.
        format_name: of a format with images.
        part: "kept" or "dropped".
        mode: a key of MODES.
        out: where to, if not into RUN/exports/.

    Raises:
        DLCError: if another export of the run is running, or `out` is there and not empty.
    """
    if out is not None and (out.is_file() or (out.is_dir() and any(out.iterdir()))):
        raise DLCError(f"{out} exists already and is not empty; choose another folder.")
    key = _new(run.path, name)
    words = ["export", str(run.path), "--subset", str(_subset(run, kept, key))]
    words += ["--format", format_name, "--part", part]
    words += [] if mode == "copy" else ["--mode", mode]
    jobs.start([*words, "--out", str(out or key)], run=key)


def start_report(run: Run, kept: Subset, name: str, options: Sequence[str] | None) -> None:
    """Start `dlc report`.

    Args:
        run: that the subset is of.
        kept: the subset.
        name: of the report, ending in .html.
        options: that say the recipe, or None for a subset file.

    Raises:
        DLCError: if another export of the run is running.
    """
    key = _new(run.path, name)
    if options is None:
        options = ["--subset", str(_subset(run, kept, key))]
    jobs.start(["report", str(run.path), *options, "--out", str(key)], run=key)


def _new(run: Path, name: str) -> Path:
    """Return a free name in the folder of exports, which is made."""
    folder = run / FOLDER
    try:
        if folder.is_symlink():
            raise DLCError(f"{folder} is a link; expected a folder of the run: remove it.")
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise DLCError(f"cannot write {folder}: {error.strerror}.") from error
    busy = running(run)
    if busy:
        raise DLCError(f"{busy[0].name} is being made; wait for it, or cancel it.")
    ending = Path(name).suffix if name.endswith((".zip", ".html")) else ""
    base, number = name.removesuffix(ending), 2
    while (folder / name).exists() or jobs.job_of(folder / name) is not None:
        name, number = f"{base}-{number}{ending}", number + 1
    return folder / name


def _subset(run: Run, kept: Subset, key: Path) -> Path:
    file = key.with_name(f"{key.name}{_SUBSET}")
    write_file(file, encode_subset(run, kept, "json"))
    return file


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
        for path in (folder / name, folder / f"{name}{_SUBSET}", *left):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise DLCError(f"cannot delete {name}: {error.strerror}.") from error
    jobs.forget(folder / name)
