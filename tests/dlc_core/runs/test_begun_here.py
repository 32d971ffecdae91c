"""A run folder that came from elsewhere: what it says is neither trusted nor done unasked."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard import resuming
from dlc_core.atomic_files import write_record
from dlc_core.cli import build_parser, main
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.runs.begun_here import begun_here
from dlc_core.scoring.resume_command import resume_command


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that the command line began here."""
    out = tmp_path_factory.mktemp("begun") / "run"
    assert main(["score", "digits", "--masks", "2", "--limit", "60", "--out", str(out)]) == 0
    return out


def _stopped(begun: Path, folder: Path, **changes: Any) -> Run:
    """Return a copy of a run at another place, as if stopped, its request changed."""
    shutil.copytree(begun, folder)
    return _told(folder, **changes)


def _told(folder: Path, **changes: Any) -> Run:
    info = json.loads((folder / "run.json").read_text())
    info["status"] = "interrupted"
    info["request"] |= changes
    write_record(folder, info)  # with a right digest, as somebody who knows the format would
    return Run.open(folder, unfinished=True)


def test_only_the_same_path_and_command_were_begun_here(begun: Path, tmp_path: Path) -> None:
    info = Run.open(begun).info
    assert begun_here(begun, info)
    assert not begun_here(tmp_path, info)
    for change in (
        {"id": "0" * 32},
        {"id": "../begun/" + info["id"]},
        {"id": None},
        {"request": {**info["request"], "backbone": "export:/tmp/other.pt2"}},
        {"added": {"to": "/tmp/other"}},
        {"dataset": {**info["dataset"], "source": "https://10.0.0.1/x"}},
        {"dataset": {**info["dataset"], "asked": {"download": True}}},
    ):
        assert not begun_here(begun, info | change), change
    link = tmp_path / "link"
    link.symlink_to(begun)
    assert begun_here(link, info)


def test_a_copied_run_goes_on_only_on_somebodys_word(
    begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _stopped(begun, tmp_path / "run")
    command = ["score", "digits", "--masks", "2", "--limit", "60", "--out", str(run.path)]
    assert main([*command, "--resume"]) == 2
    said = capsys.readouterr().err
    assert "was not begun here" in said
    assert "--yes" in said
    assert "--masks=2" in said
    assert main([*command, "--resume", "--yes"]) == 0
    _told(run.path)  # from now on it is our own
    assert main([*command, "--resume"]) == 0


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("", 2), ("yes please\n", 2)])
def test_a_terminal_is_asked(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    from dlc_core.cli import resume_consent

    run = _stopped(begun, tmp_path / "run")
    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", typed)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    if code:
        with pytest.raises(DLCError, match="was not begun here"):
            resume_consent.require_begun_here(run.path, yes=False)
    else:
        resume_consent.require_begun_here(run.path, yes=False)


def test_the_command_is_the_one_that_was_typed(begun: Path) -> None:
    words = resume_command(Run.open(begun))
    before = ["score", "digits", "--masks", "2", "--limit", "60", "--out", str(begun)]
    asked, again = (vars(build_parser().parse_args(each)) for each in (before, words))
    assert again == asked | {"resume": True}


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset": "--dry-run"},
        {"dataset": ["digits"]},
        {"out": "/tmp/elsewhere"},
        {"download": True},
        {"yes": True},
        {"json": ""},
        {"masks --out": "/tmp"},
        {"weights": {"a": 1}},
        {"seed": True},
        {"backbone": "demo\0"},
    ],
)
def test_a_request_that_dlc_score_never_writes_is_refused(
    begun: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(DLCError, match=r"run\.json of run"):
        resume_command(_stopped(begun, tmp_path / "run", **changes))


def test_whoever_goes_on_lets_an_address_be_asked(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(tmp_path)]))
    run = _stopped(begun, tmp_path / "run", dataset="https://photos.example.org/x")
    assert resuming.resume_words(run)[-1] == "--download"
    assert "--download" not in resuming.resume_words(_stopped(begun, tmp_path / "other"))


def test_no_value_becomes_an_option(begun: Path, tmp_path: Path) -> None:
    run = _stopped(begun, tmp_path / "run", weights="--download", split="--out=/tmp/elsewhere")
    read = build_parser().parse_args(resume_command(run))
    assert (read.weights, read.split) == ("--download", "--out=/tmp/elsewhere")
    assert (read.out, read.download) == (str(run.path), False)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"dataset": "/etc"}, "outside the folders"),
        ({"weights": "/etc/passwd"}, "outside the folders"),
        ({"image_root": "/etc"}, "outside the folders"),
        ({"backbone": "hf:/etc"}, "outside the folders"),
        ({"backbone": "export:/etc/other.pt2"}, "--allow-programs"),
        ({"dataset": "file:///etc"}, "give the plain path of this machine"),
        ({"dataset": "http://10.0.0.1/x"}, "asks https:// only"),
    ],
)
def test_the_page_checks_a_resume_like_a_new_scoring(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], told: str
) -> None:
    roots = tmp_path / "roots"
    roots.mkdir()
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(roots)]))
    run = _stopped(begun, tmp_path / "run", **changes)
    with pytest.raises(DLCError, match=told):
        resuming.resume_words(run)


def test_the_whole_command_is_shown_and_moves_no_cursor(
    begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "/data/" + "x" * 900
    run = _stopped(begun, tmp_path / "run", dataset=long + "\x1b[2K", backbone="export:/other.pt2")
    assert main(["score", "digits", "--out", str(run.path), "--resume"]) == 2
    said = capsys.readouterr().err
    assert f"{long}\\x1b[2K" in said
    assert "--backbone=export:/other.pt2" in said
    assert "\x1b" not in said
