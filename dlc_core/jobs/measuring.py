"""Measuring as a job: the command that a person could type, its progress and its end."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dlc_core import jobs
from dlc_core.errors import DLCError
from dlc_core.evidence.live_record import Reading, reading_of
from dlc_core.evidence.material_from_run import SHARE
from dlc_core.evidence.store import FOLDER, make_folders, records
from dlc_core.evidence.trial import Trial
from dlc_core.evidence.validity import JudgedOn
from dlc_core.records.progress import PROGRESS_FILE, Step, read_step
from dlc_core.runs import Run
from dlc_core.runs.group_column import group_column_of
from dlc_core.runs.lock import writer_pid

_LOOK = 8  # records that a command in a terminal may be writing, the newest first


@dataclass(frozen=True)
class Measuring:
    """The measuring that was begun last.

    Attributes:
        folder: of the record that it writes.
        state: "running", "done", "stopped" or "failed".
        step: the last that it reported, or None.
        message: why it failed, or "".
        arguments: of the command, () if a person began it elsewhere.
    """

    folder: Path
    state: str
    step: Step | None = None
    message: str = ""
    arguments: tuple[str, ...] = ()


def measuring_of(run: Path) -> Measuring | None:
    """Return what is being measured, else what was begun last from a page, else None."""
    folder = run / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return None
    found = jobs.jobs_in(folder)
    running = next((job for job in found if job.state == "running"), None)
    if running is not None:
        return Measuring(running.run, "running", running.step, arguments=running.arguments)
    for record in records(run)[:_LOOK]:
        if writer_pid(record) is not None:
            return Measuring(record, "running", read_step(record))
    if not found:
        return None
    job = found[0]
    if complete(reading_of(job.run), job.arguments):
        return Measuring(job.run, "done", arguments=job.arguments)
    state = "failed" if job.state == "failed" else "stopped"
    return Measuring(job.run, state, message=job.message, arguments=job.arguments)


def complete(reading: Reading | None, arguments: Sequence[str]) -> bool:
    """Whether all that a command asked for is measured."""
    try:
        trial = _trial(arguments)
    except (DLCError, ValueError):
        return False
    if reading is None:
        return False
    with contextlib.suppress(DLCError):
        trial = trial if reading.room is None else trial.within(reading.room)
    return reading.done.issuperset(trial.order())


def _trial(arguments: Sequence[str]) -> Trial:
    def value(option: str) -> str:
        return arguments[arguments.index(option) + 1]

    ratios = tuple(float(part) for part in value("--keep").split(","))
    return Trial.of(tuple(value("--strategies").split(",")), ratios, int(value("--seeds")))


def command(run: Run, trial: Trial, judged: JudgedOn) -> list[str]:
    """Return the arguments of `dlc` that measure a trial."""
    names = [arm.name for arm in trial.arms] or ["random"]
    words = ["evidence", str(run.path), "--strategies", ",".join(names)]
    words += ["--keep", ",".join(f"{ratio:g}" for ratio in trial.keep_ratios)]
    words += ["--seeds", str(trial.seeds)]
    if judged.run:
        return [*words, "--held-out", str(run.path.parent / judged.run)]
    if judged.groups:
        words += ["--group-column", judged.groups]
    elif group_column_of(run):
        words.append("--no-groups")
    return words if judged.share == SHARE else [*words, "--share", f"{judged.share:g}"]


def start(run: Path, folder: Path, arguments: Sequence[str]) -> None:
    """Start `dlc evidence`.

    Args:
        run: that it measures.
        folder: the record that it will write.
        arguments: of the command.

    Raises:
        DLCError: if the run is being measured, or cannot be written.
    """
    make_folders(folder)
    with contextlib.suppress(OSError):
        (folder / PROGRESS_FILE).unlink(missing_ok=True)  # of the time before
    now = measuring_of(run)
    if now is not None and now.state == "running":
        raise DLCError(f"{run.name} is being measured already; wait for it, or cancel it.")
    jobs.start(list(arguments), run=folder)


def cancel(folder: Path) -> None:
    """Ask the process that writes a record to stop; what is measured stays."""
    jobs.cancel(folder)


def forget(folder: Path) -> None:
    """Forget how the last measuring ended."""
    jobs.forget(folder)
