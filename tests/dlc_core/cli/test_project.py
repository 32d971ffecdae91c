"""`dlc project`: the map anew; each mistake is one sentence and exit code 2."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlc_core.cli import main
from dlc_core.runs import Run
from dlc_core.runs.lock import writer_pid, writing
from tests.by_hand import without_digests


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Run:
    """A copy of the scored digits that a test may change."""
    return Run.open(shutil.copytree(digits_run.path, tmp_path / "run"))


def test_help_comes_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["project", "--help"])
    assert stop.value.code == 0
    assert "Example: dlc project " in capsys.readouterr().out


def test_the_map_is_made_with_what_was_asked(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    before = (run.path / "projection.parquet").read_bytes()
    arguments = ["--neighbours", "5", "--min-distance", "0.1", "--seed", "7"]
    assert main(["project", str(run.path), *arguments]) == 0
    said = capsys.readouterr().err
    assert "5 neighbours, min distance 0.1; seed 7, fitted on 1,797" in said
    assert "layout 500 of 500" in said
    assert (run.path / "projection.parquet").read_bytes() != before
    record = Run.open(run.path).info["projection"]
    assert (record["neighbours"], record["min_distance"], record["seed"]) == (5, 0.1, 7)
    assert main(["project", str(run.path), "--method", "pca"]) == 0
    assert Run.open(run.path).info["projection"]["method"] == "pca"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--neighbours", "1"], "neighbours must be a whole number in [2, 200], got 1"),
        (["--min-distance", "2"], "min_distance must be in [0, 1], got 2.0"),
        (["--seed", "-1"], "seed must be"),
        (["--method", "tsne"], "invalid choice"),
    ],
)
def test_what_is_out_of_range_is_one_sentence(
    run: Run, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["project", str(run.path), *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_runs_that_have_no_map_to_make(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["project", str(tmp_path / "nowhere")]) == 2
    assert "no such run" in capsys.readouterr().err
    with writing(run.path):
        assert main(["project", str(run.path)]) == 2
    assert "being written" in capsys.readouterr().err
    (run.path / "run.json").write_text(json.dumps({**run.info, "status": "interrupted"}))
    without_digests(run.path)
    assert main(["project", str(run.path)]) == 2
    assert "go on with dlc score --resume" in capsys.readouterr().err


def test_a_stop_keeps_the_old_map(run: Run) -> None:
    before = (run.path / "projection.parquet").read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-m", "dlc_core", "project", str(run.path)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "finding neighbours" in line:
            break
    assert writer_pid(run.path) == process.pid
    os.kill(process.pid, signal.SIGINT)
    until = time.monotonic() + 60
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=max(1, until - time.monotonic())) == 130
    assert "stopped; the map is as it was" in said
    assert (run.path / "projection.parquet").read_bytes() == before
    assert not list(run.path.glob(".*.tmp"))
