"""`dlc jobs`: what runs in the background, how it ended, and an end to it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dlc_core import jobs
from dlc_core.cli import output
from dlc_core.cli.info import plain
from dlc_core.cli.parser_options import Commands, command
from dlc_core.default_folders import default_runs_folder
from dlc_core.errors import DLCError


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "jobs",
        help="list the jobs that pages have started, or stop one",
        example="dlc jobs runs/ --cancel photos",
        run=run,
    )
    parser.add_argument("runs", nargs="?", metavar="RUNS_DIR", help="folder of runs ($DLC_RUNS)")
    parser.add_argument("--cancel", metavar="NAME", help="stop the running job of this name")
    output.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """List the jobs, the newest of each folder first; stop the one that is named."""
    runs = Path(options.runs).expanduser() if options.runs else default_runs_folder()
    if not runs.is_dir():
        raise DLCError(f"no such folder: {runs}; expected one of runs.")
    found = {job.run.relative_to(runs).as_posix(): job for job in jobs.all_jobs(runs)}
    if options.cancel is not None:
        found = {options.cancel: _cancelled(options.cancel, found)}
    for name, job in found.items():
        print(f"{job.state:<12}{plain(name)}  {plain(_words(job))}")
    output.conclude(options, jobs=[_record(name, job) for name, job in found.items()])
    return 0


def _cancelled(name: str, found: dict[str, jobs.Job]) -> jobs.Job:
    if name not in found:
        raise DLCError(f"no job {name!r} here; dlc jobs lists those that are.")
    if found[name].state != "running":
        raise DLCError(f"the job {name!r} does not run any more: it is {found[name].state}.")
    jobs.cancel(found[name].run)
    return jobs.ended(found[name].run)


def _words(job: jobs.Job) -> str:
    if job.state == "running" and job.step is not None and job.step.total:
        return f"{job.step.phase} {100 * job.step.done // job.step.total} %: {job.command}"
    return job.message or job.command


def _record(name: str, job: jobs.Job) -> dict[str, Any]:
    outcome = job.outcome
    return {
        "name": name,
        "state": job.state,
        "argv": list(job.arguments),
        "message": job.message,
        "progress": None if job.step is None else vars(job.step),
        "counts": {} if outcome is None else dict(outcome.counts),
        "product": "" if outcome is None else outcome.product,
    }
