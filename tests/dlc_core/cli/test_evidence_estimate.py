from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dlc_core.cli import main
from dlc_core.runs import Run

ASKED = ["--keep", "0.1,0.2", "--strategies", "hardest", "--seeds", "2", "--no-full"]


def test_what_is_left_is_estimated_and_nothing_is_written(
    digits_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(digits_run.path, tmp_path / "run")

    def estimate(*more: str) -> tuple[str, dict[str, object]]:
        assert main(["evidence", str(run), *ASKED, "--estimate", "--json", *more]) == 0
        said, last = capsys.readouterr().out.splitlines()
        return said, json.loads(last)

    said, value = estimate()
    assert said.startswith("8 trainings: about ")
    assert (value["trainings"], value["left"]) == (8, 8)
    assert not (run / "evidence").exists()
    assert main(["evidence", str(run), *ASKED]) == 0
    capsys.readouterr()
    said, value = estimate()
    assert said == "8 trainings, 8 of them measured: nothing is left to measure."
    assert value["seconds"] == 0
    said, value = estimate("--method", "finetune")
    assert said.startswith("8 trainings: how long one takes is not known before some are measured")
    assert value["seconds"] is None
    assert main(["evidence", str(run), "--estimate", "--out", str(tmp_path / "x.json")]) == 2
