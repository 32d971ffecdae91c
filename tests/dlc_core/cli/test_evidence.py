"""`dlc evidence`, `dlc auto` and `dlc prune --gamma auto` on the digits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.atomic_files import read_json, write_json
from dlc_core.cli import main
from dlc_core.evidence import read_record, records
from dlc_core.runs import Run
from tests.by_hand import without_digests

QUICK = ("--keep", "0.05,0.2", "--seeds", "2", "--strategies", "flexrand:0.2,trimmed:0.7@probe")


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Path:
    shutil.copytree(digits_run.path, tmp_path / "run", ignore=shutil.ignore_patterns("thumb*"))
    return tmp_path / "run"


def last_words(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_findings_are_told_written_and_not_made_twice(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "evidence.json"
    assert main(["evidence", str(run), *QUICK, "--out", str(out), "--json"]) == 0
    told = capsys.readouterr().out
    assert "At 5 % kept expect" in told
    value = json.loads(out.read_text())
    assert json.loads(told.splitlines()[-1]) == value
    assert {one["arm"] for one in value["findings"]} == {
        "full", "random", "flexrand:0.2", "trimmed:0.7@probe",
    }  # fmt: skip
    assert all(0.5 < one["accuracy"] <= 1 for one in value["findings"])
    (folder,) = records(run)
    before = (folder / "cells.jsonl").read_text()
    assert main(["evidence", str(run), *QUICK, "--out", str(tmp_path / "e.csv")]) == 0
    assert (folder / "cells.jsonl").read_text().strip() == before.strip()
    table = pd.read_csv(tmp_path / "e.csv")
    assert len(table) == 1 + 2 * 3
    assert table["to_random_verdict"].isna().sum() == 3
    record = read_record(folder)
    assert record is not None
    assert record.judged == 1797


def test_groups_are_whole(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = Run.open(run).samples
    table = pd.DataFrame({"path": samples["path"], "writer": samples["id"] // 40})
    table.to_csv(tmp_path / "writers.csv", index=False)
    words = ["--groups", str(tmp_path / "writers.csv"), "--group-column", "writer"]
    assert main(["evidence", str(run), *QUICK, *words]) == 0
    record = read_record(records(run)[0])
    assert record is not None
    for places in record.held.values():
        away = np.zeros(len(table), dtype=np.bool_)
        away[places] = True
        assert not set(table["writer"][away]) & set(table["writer"][~away])
    table[:-1].to_csv(tmp_path / "writers.csv", index=False)
    assert main(["evidence", str(run), *QUICK, *words]) == 2
    assert "says nothing of path" in last_words(capsys)


def test_the_column_that_the_run_was_scored_with_holds_together(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = Run.open(run).samples
    writers = [f"w{i // 40}" if i % 100 else "" for i in samples["id"]]
    table = pd.DataFrame({"id": samples["id"], "writer": writers, "hand": samples["id"] % 9})
    table.to_parquet(run / "columns.parquet")
    info = read_json(run / "run.json") or {}
    info["dataset"]["asked"] = {"group_column": "writer"}
    write_json(run / "run.json", info)
    without_digests(run)
    for words, column in (([], "writer"), (["--group-column", "hand"], "hand")):
        assert main(["evidence", str(run), *QUICK, *words]) == 0
        assert f"samples of one {column} are never on both sides" in capsys.readouterr().err
        record = read_record(records(run)[0])
        assert record is not None
        assert record.settings["group_column"] == column
        for places in record.held.values():
            away = np.isin(np.arange(len(table)), places)
            known = table[column].astype(str) != ""  # who is not known is alone
            both = set(table[column][away & known]) & set(table[column][~away & known])
            assert not both
    for none in (["--group-column", ""], ["--group-column", "none"], ["--no-groups"]):
        assert main(["evidence", str(run), *QUICK, *none]) == 0
    record = read_record(records(run)[0])
    assert record is not None
    assert record.settings["grouped"] is False
    assert "group_column" not in record.settings
    assert len(records(run)) == 3
    assert main(["evidence", str(run), *QUICK, "--group-column", "nope"]) == 2
    assert "has no column 'nope'; it has 'writer', 'hand'" in last_words(capsys)
    assert main(["auto", str(run), "--keep", "0.2", "--json"]) == 0
    (choice,) = (run / "evidence" / "auto").glob("*.json")
    assert json.loads(choice.read_text())["settings"]["group_column"] == "writer"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--keep", "x"], "--keep must be numbers with commas between, got 'x'"),
        (["--strategies", "magic"], "unknown strategy 'magic'"),
        (["--seeds", "1"], "seeds must be at least 2"),
        (["--out", "found.txt"], "--out must end in .json or .csv"),
        (["--share", "0.9"], r"held-out share must be in [0.05, 0.6]"),
        (["--group-column", "x"], "has no column 'x'; it has none"),
        (["--epochs", "3"], "--epochs belongs to fine-tuning"),
        (["--held-out", "nowhere"], "no such run"),
    ],
)
def test_bad_requests_get_a_sentence(
    run: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert main(["evidence", str(run), *QUICK, *options]) == 2
    assert words in last_words(capsys)


def test_a_held_out_run_must_be_of_the_same_backbone_and_of_other_samples(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(run, tmp_path / "other")
    assert main(["evidence", str(run), *QUICK, "--held-out", str(other)]) == 2
    assert "samples of" in last_words(capsys)
    info = read_json(other / "run.json")
    assert info is not None
    info["backbone"]["digest"] = "0" * 16
    write_json(other / "run.json", info)
    without_digests(other)
    assert main(["evidence", str(run), *QUICK, "--held-out", str(other)]) == 2
    assert "another backbone or preprocessing" in last_words(capsys)


def test_auto_is_chosen_once_and_prune_takes_it(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["auto", str(run), "--keep", "0.05", "--strategy", "trimmed:auto@probe", "--json"]
    assert main(words) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {one["arm"] for one in first["tried"]} >= {"trimmed:0.3@probe", "trimmed:0.9@probe"}
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == first  # seconds as well
    out = ["--out", str(tmp_path / "kept.csv"), "--save-recipe", str(tmp_path / "r.json")]
    assert main(["prune", str(run), "--keep", "0.05", "--gamma", "auto", *out]) == 0
    recipe = json.loads((tmp_path / "r.json").read_text())["recipe"]
    assert recipe["strategy"] in ("flexrand", "random")
    assert ("gamma" in recipe) == (recipe["strategy"] == "flexrand")
    assert len(pd.read_csv(tmp_path / "kept.csv")) == 90
    assert main(["auto", str(run), "--keep", "0.05", "--strategy", "hardest"]) == 2
    assert "leaves nothing to choose" in last_words(capsys)
