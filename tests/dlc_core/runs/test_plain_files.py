"""A link or a pipe in a run that somebody sent leads nobody elsewhere, for reading or writing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from tests.by_hand import without_digests

NAMES = [
    ".lock", ".decisions.lock", "decisions.jsonl", "decisions.damaged.jsonl", "progress.json",
    "run.json", "thumbnails.bin", "samples.parquet", "kinds.parquet", "scores", "work", "subsets",
    "evidence/key/cells.jsonl", "subsets/.orders/x.npz", "exports/.jobs", "exports/.jobs/x/log.txt",
    "exports", "pca.npy.sum", "anything",
]  # fmt: skip
MAKERS: dict[str, Callable[[Path, Path], None]] = {
    "a link": lambda file, canary: file.symlink_to(canary),
    "a link to nowhere": lambda file, canary: file.symlink_to(canary.with_name("new")),
    "a pipe": lambda file, _canary: os.mkfifo(file),
}


@pytest.fixture
def sent(digits_run: Run, tmp_path: Path) -> Path:
    return without_digests(shutil.copytree(digits_run.path, tmp_path / "runs" / "sent"))


@pytest.mark.parametrize("what", MAKERS)
def test_no_command_follows_what_leads_elsewhere(
    what: str, sent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = tmp_path / "canary"
    canary.write_text("secret")
    run, out = str(sent), str(tmp_path / "kept.csv")
    (tmp_path / "scores.csv").write_text("id,score\n0,1\n")
    table = str(tmp_path / "scores.csv")
    commands = [
        ["info", run], ["info", run, "--verify"], ["kinds", run], ["project", run],
        ["decisions", run, "--repair"], ["decisions", run, "--import", table],
        ["scores", run, "--import", table, "--name", "mine"], ["evidence", run],
        ["prune", run, "--keep", "0.1", "--out", out],
        ["score", "digits", "--out", run, "--resume", "--yes"],
        ["update", run, "--out", str(tmp_path / "more")],
    ]  # fmt: skip
    for name in NAMES:
        file, aside = sent / name, tmp_path / "aside"
        if file.exists():
            shutil.move(file, aside)
        file.parent.mkdir(parents=True, exist_ok=True)
        MAKERS[what](file, canary)
        for command in commands if name == "decisions.damaged.jsonl" else commands[:1]:
            assert main(command) == 2, (name, command)
            assert "holds plain files and folders only" in capsys.readouterr().err, (name, command)
        assert canary.read_text() == "secret"
        assert not canary.with_name("new").exists()
        file.unlink()
        if aside.exists():
            shutil.move(aside, file)
    assert Run.open(sent).samples.shape[0] == 1797


def test_what_may_be_a_link(sent: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").symlink_to(sent)  # its owner has put it elsewhere
    assert len(Run.open(tmp_path / "mine").samples) == 1797
    (sent / "exports" / "tree").mkdir(parents=True)
    (sent / "exports" / "tree" / "0.png").symlink_to(tmp_path)  # as --mode symlink makes them
    assert Run.open(sent).done


@pytest.mark.parametrize(
    "change",
    [
        {"warnings": 7}, {"warnings": "x"}, {"warnings": ["x"]}, {"projection": 3},
        {"projection": "umap"}, {"request": []}, {"error": {}}, {"created": 1},
    ],
)  # fmt: skip
def test_a_record_of_other_kinds_is_damaged(change: dict[str, object], sent: Path) -> None:

    file = sent / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    for unfinished in (True, False):
        with pytest.raises(DLCError, match="is of another kind than is written"):
            Run.open(sent, unfinished=unfinished)
