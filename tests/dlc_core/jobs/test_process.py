from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlc_core import jobs
from dlc_core.cli import main
from dlc_core.jobs import liveness, process
from dlc_core.process_start_time import birth_of
from dlc_core.records.outcome import Outcome, save_outcome
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


def test_a_forged_record_ends_nobody_elses_process(tmp_path: Path) -> None:
    """A run that somebody sent may name the number and the birth of any process."""
    with subprocess.Popen(["sleep", "60"]) as other:
        records = tmp_path / ".jobs" / "run"
        records.mkdir(parents=True)
        record = {"arguments": ["score"], "pid": other.pid, "born": birth_of(other.pid)}
        (records / "job.json").write_text(json.dumps(record))
        job = jobs.job_of(tmp_path / "run")
        assert job is not None
        assert job.state == "failed"
        jobs.cancel(tmp_path / "run")
        assert other.poll() is None
        other.kill()


def test_a_child_runs_before_its_command_line_is_there(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as child:  # its command line names no dlc, either
        records = tmp_path / ".jobs" / "run"
        records.mkdir(parents=True)
        record = {"arguments": ["score"], "pid": child.pid, "born": birth_of(child.pid)}
        (records / "job.json").write_text(json.dumps(record))
        liveness.CHILDREN[child.pid] = child
        job = jobs.job_of(tmp_path / "run")
        child.kill()
        child.wait()
        ended = jobs.job_of(tmp_path / "run")
        liveness.CHILDREN.pop(child.pid)
    assert job is not None
    assert job.state == "running"
    assert ended is not None
    assert ended.state == "failed"


def test_a_command_of_a_terminal_that_does_not_stop_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.05)
    ignoring = "import signal, time; signal.signal(2, signal.SIG_IGN); print(1); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-uc", ignoring], stdout=subprocess.PIPE
    ) as typed:  # as `dlc score`, whose command line does not name the package
        assert typed.stdout is not None
        typed.stdout.readline()
        monkeypatch.setattr(process, "writer_pid", lambda _run: typed.pid)
        jobs.cancel(tmp_path / "run")
        assert typed.wait(30) == -9


def test_what_a_job_made_may_lie_where_one_may_not_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = tmp_path / ".jobs" / "run"
    records.mkdir(parents=True)
    (records / "job.json").write_text('{"arguments": ["export"], "pid": 1, "born": "never"}')
    save_outcome(records, Outcome("done", 0, product="/of/somebody/else"))

    def refuse(_path: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "exists", refuse)  # as in a folder that one may not enter
    job = jobs.job_of(tmp_path / "run")
    assert job is not None
    assert job.state == "gone"


def test_no_word_that_a_command_prints_matters(
    digits_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every printed word and bar is another one; done, failed and stopped are told all the same."""
    (tmp_path / "sitecustomize.py").write_text(
        "import builtins, re\n"
        "printed = builtins.print\n"
        "def other(*words, **how):\n"
        "    printed(*(re.sub(r'[^\\s{}]+', 'stopped', str(word)) for word in words), **how)\n"
        "builtins.print = other\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    run = shutil.copytree(digits_run.path, tmp_path / "run")
    kept = tmp_path / "kept.csv"
    words = ["prune", str(run), "--keep", "0.5", "--out", str(kept)]
    jobs.start(words, run=kept)
    done = wait_for(kept, "done")
    assert done.outcome is not None
    assert (done.outcome.counts["kept"], done.outcome.product) == (899, str(kept))
    log = (tmp_path / ".jobs" / "kept.csv" / "log.txt").read_text().split()
    assert set(log) == {"stopped"}
    jobs.start(words, run=kept)  # which is there by now
    assert wait_for(kept, "failed").message.startswith(f"{kept} exists already")
    record = tmp_path / "record"
    jobs.start(["evidence", str(run), "--seeds", "50"], run=record)
    until = time.monotonic() + 90
    while (step := wait_for(record, "running").step) is None or not step.done:
        assert time.monotonic() < until
    assert (step.phase, step.unit) == ("measuring", "comparisons")
    jobs.cancel(record)
    wait_for(record, "interrupted")
