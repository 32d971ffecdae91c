from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from dlc_core import jobs
from dlc_core.cli import main
from dlc_core.runs import Run


def wait_for(run: Path, *states: str, seconds: float = 90) -> jobs.Job:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = jobs.job_of(run)
        if job is not None and job.state in states:
            return job
        time.sleep(0.05)
    raise AssertionError(f"never {states}: {jobs.job_of(run)}")


def test_a_job_runs_reports_cancels_and_resumes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    arguments = ["score", "digits", "--masks", "60", "--out", str(run)]
    jobs.start(arguments, run=run)
    job = wait_for(run, "running")
    assert job.command == f"dlc score digits --masks 60 --out {run}"
    until = time.monotonic() + 90
    while time.monotonic() < until:
        job = wait_for(run, "running")
        if job.step is not None and job.step.phase == "scoring" and job.step.done:
            break
        time.sleep(0.05)
    jobs.cancel(run)
    wait_for(run, "interrupted")
    jobs.start(["score", "digits", "--masks", "60", "--out", str(run), "--resume"], run=run)
    wait_for(run, "running")
    assert main(["jobs", str(tmp_path), "--cancel", "run"]) == 0
    assert capsys.readouterr().out.startswith("interrupted run  dlc score digits --masks 60")
    assert main(["jobs", str(tmp_path), "--cancel", "run"]) == 2
    assert main(["jobs", str(tmp_path), "--cancel", "../run"]) == 2
    capsys.readouterr()
    assert main(["jobs", str(tmp_path), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out.splitlines()[-1])["jobs"]
    assert (listed["name"], listed["state"], listed["argv"][0]) == ("run", "interrupted", "score")
    assert [job.run for job in jobs.jobs_in(tmp_path)] == [run]
    assert Run.open(run, unfinished=True).info["masking"]["masks"] == 60


def test_a_job_that_is_asked_wrongly_says_why(tmp_path: Path) -> None:
    run = tmp_path / "run"
    jobs.start(["score", str(tmp_path / "nowhere"), "--out", str(run)], run=run)
    job = wait_for(run, "failed")
    assert job.message.startswith("no such folder: ")
    assert job.outcome is not None
    assert (job.outcome.status, job.outcome.exit_code) == ("failed", 2)
    assert job.outcome.argv == job.arguments
    jobs.forget(run)
    assert jobs.job_of(run) is None
    jobs.cancel(run)
