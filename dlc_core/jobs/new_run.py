"""Runs that are about to be made: their names, and the job that makes one."""

from __future__ import annotations

import re
from pathlib import Path

from dlc_core import jobs
from dlc_core.datasets.registry import file_endings
from dlc_core.errors import DLCError
from dlc_core.scoring.request import ScoreRequest


def run_name(request: ScoreRequest, runs: Path) -> str:
    """Return a name for a new run that is not taken yet."""
    folder = Path(request.dataset.strip().rpartition(":")[2] or "run")
    endings = [one for one in file_endings() if folder.name.endswith(one)]
    name = folder.name.removesuffix(max(endings, key=len, default=""))
    of_what = f"{folder.parent.name}-{name}" if name == "train" else name
    base = re.sub(r"[^\w.-]+", "-", f"{of_what}-{request.backbone}").strip("-.") or "run"
    return free_name(base, runs)


def free_name(base: str, runs: Path) -> str:
    """Return a name for a new run: this one, or with a number if it is taken."""
    name, number = base, 2
    while (runs / name).exists() or (runs / ".jobs" / name).exists():
        name, number = f"{base}-{number}", number + 1
    return name


def start_run(words: list[str], name: str, runs: Path) -> None:
    """Start a command that makes a run of this name.

    Args:
        words: its arguments, without the program's name.
        name: of the run.
        runs: the folder of runs.

    Raises:
        DLCError: if the name cannot be a directory's, or is taken.
    """
    if not re.fullmatch(r"\w[\w.-]{0,99}", name):
        raise DLCError(
            f"a run's name must be letters, digits, '-', '_' and '.', at most 100, got {name!r}."
        )
    run = runs / name
    job = jobs.job_of(run)
    if run.exists() or (job is not None and job.state == "running"):
        raise DLCError(f"there is a run named {name!r} already; choose another name.")
    jobs.start(words, run=run)
