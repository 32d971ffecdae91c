from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from dashboard import resuming
from dashboard.scoring.readable_request import arguments
from dlc_core import jobs
from dlc_core.datasets import Asked
from dlc_core.errors import DLCError
from dlc_core.jobs.new_run import run_name
from dlc_core.scoring.request import ScoreRequest
from tests.by_hand import without_digests

from .conftest import OpenPage


def test_it_shows_the_command_and_starts_it(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(
        jobs, "start", lambda arguments, run: started.append([*arguments, str(run)])
    )
    at = open_page("score", tmp_path)
    assert "None yet" in at.info[0].value
    at.number_input(key="masks").set_value(7).run()
    at.button[0].click().run()
    assert not at.exception
    out = str(tmp_path / "digits-demo")
    words = ["score", "digits", "--out", out, "--backbone", "demo", "--masks", "7"]
    assert started == [[*words, "--profile", "fast", out]]


def test_a_folder_with_all_options(tmp_path: Path) -> None:
    request = ScoreRequest(
        "/data/x y", "resnet18", Asked("val"), 100, "/data/w.pth", masks=5, download=True
    )
    assert arguments(request, tmp_path / "r") == [
        "score", "/data/x y", "--out", str(tmp_path / "r"), "--backbone", "resnet18",
        "--split", "val", "--limit", "100", "--weights", "/data/w.pth", "--masks", "5",
        "--download",
    ]  # fmt: skip
    assert run_name(request, tmp_path) == "x-y-resnet18"
    (tmp_path / "x-y-resnet18").mkdir()
    assert run_name(request, tmp_path) == "x-y-resnet18-2"


def test_mistakes_are_shown_and_nothing_is_started(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "start", lambda arguments, run: pytest.fail(f"{run} {arguments}"))
    at = open_page("score", tmp_path, source="Folder or file")
    at.button[0].click().run()
    assert "no folder was given" in at.error[0].value
    at.text_input(key="folder").set_value("/etc").run()
    at.button[0].click().run()
    assert "is outside the folders" in at.error[0].value.replace("\\", "")
    at.text_input(key="folder").set_value(str(tmp_path)).run()
    at.text_input(
        key=next(str(box.key) for box in at.text_input if str(box.key).startswith("name-"))
    ).set_value("a/b").run()
    at.button[0].click().run()
    assert "a run's name must be" in at.error[0].value.replace("\\", "")
    assert not at.exception


def test_runs_failed_interrupted_and_with_faults_are_listed(
    open_page: OpenPage, tmp_path: Path
) -> None:
    from dlc_core.cli import main

    runs = tmp_path / "runs"
    data = runs / "data"  # where the dashboard may read it
    for name in ("a", "b"):
        (data / name).mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(data / name / "1.png")
        (data / name / "<i>bad<i>.png").write_bytes(b"x")
    assert main(["score", str(data), "--masks", "1", "--out", str(runs / "good")]) == 0
    for name, status, error in (("half", "interrupted", ""), ("bad", "failed", "the disk is full")):
        info = json.loads((runs / "good" / "run.json").read_text())
        (runs / name).mkdir()
        info.update(status=status, error=error)
        (runs / name / "run.json").write_text(json.dumps(info))
        without_digests(runs / name)
    at = open_page("score", runs)
    assert [expander.label for expander in at.expander] == ["2 faults: files that were left out"]
    assert at.dataframe[0].value["path"].tolist() == ["a/<i>bad<i>.png", "b/<i>bad<i>.png"]
    assert "the disk is full" in at.error[0].value
    told = " ".join(one.value for one in at.warning)
    assert "Scoring stopped before the end" in told
    assert "was not begun here" in told  # these were copied
    keys = {button.key for button in at.button}
    for start in ("open-good", "resume-half", "resume-bad"):
        assert any(str(key).startswith(start) for key in keys)


def test_resume_starts_the_command_that_began_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlc_core.cli import build_parser, main
    from dlc_core.runs import Run

    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda words, run: started.append([*words, str(run)]))
    out = str(tmp_path / "run")
    command = ["score", "digits", "--masks", "2", "--limit", "60", "--seed", "3", "--out", out]
    assert main(command) == 0
    run = Run.open(out)
    resuming.resume(run, resuming.resume_words(run))
    before, again = (vars(build_parser().parse_args(words)) for words in (command, started[0][:-1]))
    assert again == {**before, "resume": True, "yes": True}


def test_a_run_begun_from_python_says_where_to_go_on(tmp_path: Path) -> None:
    from dlc_core.runs import Run

    with pytest.raises(DLCError, match="was begun from Python"):
        resuming.resume_words(Run(tmp_path, {"request": {}}))
