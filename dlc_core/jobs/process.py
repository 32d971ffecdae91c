"""Background jobs: the same command that a person types, in its own process."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import read_json, write_json
from dlc_core.errors import DLCError
from dlc_core.process_start_time import birth_of
from dlc_core.records.outcome import (
    DONE,
    JOB,
    OUTCOME_FILE,
    PARTIAL,
    STOPPED,
    Outcome,
    read_outcome,
)
from dlc_core.records.progress import PROGRESS_FILE, Step, read_step
from dlc_core.runs import run_folders
from dlc_core.runs.finish_early import ask_to_finish
from dlc_core.runs.lock import writer_pid

_JOBS = ".jobs"  # a folder for each job, of these and of what it writes of itself
_RECORD, _LOG, _ASKED_TO_STOP = "job.json", "log.txt", "stop"
_GRACE = 1.5  # seconds between asking a job to stop and ending it
_PATIENCE = 120  # seconds for a command that is waited for
_children: dict[int, subprocess.Popen[bytes]] = {}


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


def start(arguments: list[str], *, run: Path) -> None:
    """Start `dlc ARGUMENTS` in its own session; it outlives this process.

    Args:
        arguments: such as ["score", "digits", "--out", ...].
        run: the run directory that the command writes; its parent keeps the job's log.
    """
    folder = _records(run)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (OUTCOME_FILE, PROGRESS_FILE, _ASKED_TO_STOP):
        (folder / name).unlink(missing_ok=True)  # of the time before
    with (folder / _LOG).open("wb") as log:
        process = subprocess.Popen(
            # -P: nothing in the current folder takes the place of a module.
            [sys.executable, "-P", "-m", "dlc_core", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, JOB: str(folder.absolute())},
        )
    for pid, child in list(_children.items()):
        if child.poll() is not None:  # ended, and reaped by this very look
            _children.pop(pid, None)
    _children[process.pid] = process
    record = {"arguments": arguments, "pid": process.pid, "born": birth_of(process.pid)}
    write_json(folder / _RECORD, record)


def ask(arguments: list[str]) -> str:
    """Run a command that only says something; return the last line of what it said.

    Args:
        arguments: such as ["score", …, "--dry-run"].

    Raises:
        DLCError: with its sentence, if it failed or took too long.
    """
    return _asked(arguments)[0]


def ask_json(arguments: list[str]) -> dict[str, Any]:
    """Run a command with --json; return the object that it printed.

    Args:
        arguments: such as ["look", …, "--json"].

    Raises:
        DLCError: as `ask`.
    """
    printed = _asked(arguments)[1].strip().splitlines()
    try:
        value = json.loads(printed[-1])
    except (ValueError, IndexError) as error:
        raise DLCError("the command ended without an answer.") from error
    return dict(value)


def _asked(arguments: list[str]) -> tuple[str, str]:
    """Return the last line of what a command said, and all that it printed."""
    try:
        result = subprocess.run(
            [sys.executable, "-P", "-m", "dlc_core", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DLCError(f"no answer within {_PATIENCE} s; start the scoring instead.") from error
    lines = [line.removeprefix("dlc: ") for line in result.stderr.splitlines() if line.strip()]
    said = lines[-1] if lines else "the command ended without a word."
    if result.returncode != 0:
        raise DLCError(said)
    return said, result.stdout


def job_of(run: Path) -> Job | None:
    """Return the job that was started for this run directory, or None."""
    folder = _records(run)
    record = read_json(folder / _RECORD)
    words = None if record is None else record.get("arguments")
    if record is None or not isinstance(words, list) or not all(map(_is_text, words)):
        return None
    alive = _alive(record)
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
    folder, info = _records(run), read_json(run / "run.json") or {}
    if info.get("status") == "done" and _changed(run / "run.json") > _changed(folder / _RECORD):
        return "done", ""  # somebody has gone on with it
    if outcome is not None:
        return ("interrupted" if outcome.status == STOPPED else "failed"), outcome.message
    if (folder / _ASKED_TO_STOP).exists() or info.get("status") == "interrupted":
        return "interrupted", ""
    return "failed", (
        f"the job ended without a word: it was killed, or ran out of memory (see {folder / _LOG})."
    )


def _runs_dlc(pid: int) -> bool:
    """Whether a process is a command of ours: the record may be a stranger's, who named another."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists()  # a system that does not tell
    return b"dlc_core" in words


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _changed(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


def _records(run: Path) -> Path:
    return run.parent / _JOBS / run.name


def seconds_since_start(run: Path) -> float | None:
    """Return how long ago the job of this run directory was started, or None if none was."""
    try:
        return max(0.0, time.time() - (_records(run) / _RECORD).stat().st_mtime)
    except OSError:
        return None


def jobs_in(runs: Path) -> list[Job]:
    """Return the jobs whose records are in a folder of runs, the newest first."""
    times = {}
    for file in (runs / _JOBS).glob(f"*/{_RECORD}"):
        with contextlib.suppress(OSError):  # dismissed meanwhile
            times[file] = file.stat().st_mtime_ns
    newest = sorted(times, key=times.__getitem__, reverse=True)
    found = (job_of(runs / file.parent.name) for file in newest)
    return [job for job in found if job is not None]


def all_jobs(runs: Path) -> list[Job]:
    """Return the jobs of a folder of runs and those inside each run (exports, evidence, orders)."""
    patterns = (f"*/{_JOBS}", f"*/*/{_JOBS}")
    inside = [file for run in run_folders(runs) for one in patterns for file in run.glob(one)]
    return [job for folder in (runs, *(file.parent for file in inside)) for job in jobs_in(folder)]


def cancel(run: Path) -> None:
    """Ask the process that writes a run to stop, and end it if it does not."""
    record = read_json(_records(run) / _RECORD) or {}
    pid = writer_pid(run) or (record.get("pid") if _alive(record) else None)
    if pid is None:
        return
    born = birth_of(pid)  # a terminal's command has another command line than a job's
    with contextlib.suppress(OSError):  # begun in a terminal: there are no records
        (_records(run) / _ASKED_TO_STOP).touch()
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, signal.SIGINT)

    def end() -> None:
        until = time.monotonic() + _GRACE
        while time.monotonic() < until:
            if not _lives(pid, born):
                return
            time.sleep(0.1)
        if _lives(pid, born):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    threading.Thread(target=end, daemon=True).start()


def ended(run: Path, *, seconds: float = 2 * _GRACE) -> Job:
    """Wait until a job has ended; return it.

    Raises:
        DLCError: if there is none, or it does not end in time.
    """
    until = time.monotonic() + seconds
    while (job := job_of(run)) is not None:
        if job.state != "running":
            return job
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    raise DLCError(f"the job of {run} has not ended within {seconds:g} s; look again.")


def finish(run: Path) -> None:
    """Ask the process that scores a run to end with the masks that are done."""
    ask_to_finish(run)


def forget(run: Path) -> None:
    """Remove a job's records."""
    shutil.rmtree(_records(run), ignore_errors=True)


def _alive(record: dict[str, Any]) -> bool:
    pid = record.get("pid")
    return isinstance(pid, int) and _lives(pid, record.get("born")) and _runs_dlc(pid)


def _lives(pid: int, born: object) -> bool:
    """Whether a process that was born then still runs; a number is given again."""
    child = _children.get(pid)
    if child is not None:
        return child.poll() is None
    return born is not None and birth_of(pid) == born
