"""What is known of the jobs: whether they run, how far they are, how they ended."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from dataclasses import dataclass
from pathlib import Path

from dlc_core.atomic_files import read_json
from dlc_core.jobs.liveness import ASKED_TO_STOP, JOBS, LOG, RECORD, is_alive, records_of
from dlc_core.records.outcome import DONE, PARTIAL, STOPPED, Outcome, read_outcome
from dlc_core.records.progress import Step, read_step
from dlc_core.runs import run_folders


@dataclass(frozen=True)
class Job:
    """One started command and what is known of it now.

    Attributes:
        run: the run directory it writes.
        arguments: the command without the program's name.
        state: "running", "done", "gone" if what it made was removed since, "interrupted" or
            "failed".
        step: the last step it reported, or None.
        message: why it failed, one sentence, or "".
        outcome: how it ended; None while it runs, and if it was killed.
    """

    run: Path
    arguments: tuple[str, ...]
    state: str
    step: Step | None = None
    message: str = ""
    outcome: Outcome | None = None

    @property
    def command(self) -> str:
        """The command that a person could type."""
        return shlex.join(["dlc", *self.arguments])


def job_of(run: Path) -> Job | None:
    """Return the job that was started for this run directory, or None."""
    folder = records_of(run)
    record = read_json(folder / RECORD)
    words = None if record is None else record.get("arguments")
    if record is None or not isinstance(words, list) or not all(map(_is_text, words)):
        return None
    alive = is_alive(record)
    outcome = None if alive else read_outcome(folder)
    state, message = ("running", "") if alive else _ended(run, outcome)
    step = read_step(folder) or read_step(run)
    return Job(run, tuple(words), state, step, message, outcome)


def _ended(run: Path, outcome: Outcome | None) -> tuple[str, str]:
    """Return the state of a job that does not run any more, and why it failed."""
    if outcome is not None and outcome.status in (DONE, PARTIAL):
        # Not Path.exists, which raises where one may not look.
        gone = outcome.product and not os.path.exists(outcome.product)  # noqa: PTH110
        return ("gone", "") if gone else ("done", "")
    folder, info = records_of(run), read_json(run / "run.json") or {}
    if info.get("status") == "done" and _changed(run / "run.json") > _changed(folder / RECORD):
        return "done", ""  # somebody has gone on with it
    if outcome is not None:
        return ("interrupted" if outcome.status == STOPPED else "failed"), outcome.message
    if (folder / ASKED_TO_STOP).exists() or info.get("status") == "interrupted":
        return "interrupted", ""
    return "failed", (
        f"the job ended without a word: it was killed, or ran out of memory (see {folder / LOG})."
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _changed(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


def seconds_since_start(run: Path) -> float | None:
    """Return how long ago the job of this run directory was started, or None if none was."""
    try:
        return max(0.0, time.time() - (records_of(run) / RECORD).stat().st_mtime)
    except OSError:
        return None


def jobs_in(runs: Path) -> list[Job]:
    """Return the jobs whose records are in a folder of runs, the newest first."""
    times = {}
    for file in (runs / JOBS).glob(f"*/{RECORD}"):
        with contextlib.suppress(OSError):  # dismissed meanwhile
            times[file] = file.stat().st_mtime_ns
    newest = sorted(times, key=times.__getitem__, reverse=True)
    found = (job_of(runs / file.parent.name) for file in newest)
    return [job for job in found if job is not None]


def all_jobs(runs: Path) -> list[Job]:
    """Return the jobs of a folder of runs and those inside each run (exports, evidence, orders)."""
    patterns = (f"*/{JOBS}", f"*/*/{JOBS}")
    inside = [file for run in run_folders(runs) for one in patterns for file in run.glob(one)]
    return [job for folder in (runs, *(file.parent for file in inside)) for job in jobs_in(folder)]
