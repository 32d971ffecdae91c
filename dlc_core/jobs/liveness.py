"""Where a job's records are, and whether its process lives."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from dlc_core.process_start_time import birth_of

JOBS = ".jobs"  # a folder for each job, of these and of what it writes of itself
RECORD, LOG, ASKED_TO_STOP = "job.json", "log.txt", "stop"
CHILDREN: dict[int, subprocess.Popen[bytes]] = {}  # the jobs that this process has started


def records_of(run: Path) -> Path:
    """Return the folder of the records of the job that writes a run."""
    return run.parent / JOBS / run.name


def is_alive(record: dict[str, Any]) -> bool:
    """Whether the process of a job's record still runs."""
    pid = record.get("pid")
    if not isinstance(pid, int) or not lives(pid, record.get("born")):
        return False
    # A child of ours has no command line yet for the first moment after its start.
    return pid in CHILDREN or _runs_dlc(pid)


def lives(pid: int, born: object) -> bool:
    """Whether a process that was born then still runs; a number is given again."""
    child = CHILDREN.get(pid)
    if child is not None:
        return child.poll() is None
    return born is not None and birth_of(pid) == born


def _runs_dlc(pid: int) -> bool:
    """Whether a process is a command of ours: the record may be a stranger's, who named another."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists()  # a system that does not tell
    return b"dlc_core" in words
