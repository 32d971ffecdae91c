"""The process of a job: its start, its end, and asking for that."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from dlc_core.atomic_files import read_json, write_json
from dlc_core.errors import DLCError
from dlc_core.jobs.liveness import (
    ASKED_TO_STOP,
    CHILDREN,
    LOG,
    RECORD,
    is_alive,
    lives,
    records_of,
)
from dlc_core.jobs.status import Job, job_of
from dlc_core.process_start_time import birth_of
from dlc_core.records.outcome import JOB, OUTCOME_FILE
from dlc_core.records.progress import PROGRESS_FILE
from dlc_core.runs.finish_early import ask_to_finish
from dlc_core.runs.lock import writer_pid

_GRACE = 1.5  # seconds between asking a job to stop and ending it


def start(arguments: list[str], *, run: Path) -> None:
    """Start `dlc ARGUMENTS` in its own session; it outlives this process.

    Args:
        arguments: such as ["score", "digits", "--out", ...].
        run: the run directory that the command writes; its parent keeps the job's log.
    """
    folder = records_of(run)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (OUTCOME_FILE, PROGRESS_FILE, ASKED_TO_STOP):
        (folder / name).unlink(missing_ok=True)  # of the time before
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            # -P: nothing in the current folder takes the place of a module.
            [sys.executable, "-P", "-m", "dlc_core", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, JOB: str(folder.absolute())},
        )
    for pid, child in list(CHILDREN.items()):
        if child.poll() is not None:  # ended, and reaped by this very look
            CHILDREN.pop(pid, None)
    CHILDREN[process.pid] = process
    record = {"arguments": arguments, "pid": process.pid, "born": birth_of(process.pid)}
    write_json(folder / RECORD, record)


def cancel(run: Path) -> None:
    """Ask the process that writes a run to stop, and end it if it does not."""
    record = read_json(records_of(run) / RECORD) or {}
    pid = writer_pid(run) or (record.get("pid") if is_alive(record) else None)
    if pid is None:
        return
    born = birth_of(pid)  # a terminal's command has another command line than a job's
    with contextlib.suppress(OSError):  # begun in a terminal: there are no records
        (records_of(run) / ASKED_TO_STOP).touch()
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, signal.SIGINT)

    def end() -> None:
        until = time.monotonic() + _GRACE
        while time.monotonic() < until:
            if not lives(pid, born):
                return
            time.sleep(0.1)
        if lives(pid, born):
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
    shutil.rmtree(records_of(run), ignore_errors=True)
