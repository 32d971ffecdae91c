"""`dlc evidence`: stopped and gone on with, a held-out run, what cannot be held out."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dlc_core.atomic_files import read_json, write_json
from dlc_core.cli import main
from dlc_core.evidence import read_record, records
from dlc_core.evidence.measurement import Cell, measure
from dlc_core.evidence.trial import Trial
from dlc_core.runs import Run
from tests.by_hand import without_digests

QUICK = ("--keep", "0.05", "--seeds", "2", "--strategies", "flexrand:0.2,trimmed:auto@probe")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def run(digits_run: Run, tmp_path: Path) -> Path:
    shutil.copytree(digits_run.path, tmp_path / "run", ignore=shutil.ignore_patterns("thumb*"))
    return without_digests(tmp_path / "run")


def test_a_stop_is_gone_on_with(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[int] = []
    stop_at = 3

    def counted(*args: Any, **values: Any) -> Cell:
        if len(calls) == stop_at:
            signal.raise_signal(signal.SIGTERM)
        calls.append(len(calls))
        return measure(*args, **values)

    monkeypatch.setattr("dlc_core.evidence.trial.measure", counted)
    assert main(["evidence", str(run), *QUICK]) == 130
    assert "Traceback" not in capsys.readouterr().err
    order = Trial.of(("flexrand:0.2", "trimmed:auto@probe"), (0.05,), 2).order()
    (folder,) = records(run)
    record = read_record(folder)
    assert record is not None
    assert list(record.cells) == order[:3]
    calls.clear()
    stop_at = 100
    assert main(["evidence", str(run), *QUICK]) == 0
    assert len(calls) == len(order) - 3
    record = read_record(folder)
    assert record is not None
    assert list(record.cells) == order
    # Fewer of them again: only those are told, nothing is measured.
    capsys.readouterr()
    words = ["--keep", "0.05", "--seeds", "2", "--strategies", "flexrand:0.2", "--no-full"]
    assert main(["evidence", str(run), *words]) == 0
    assert len(calls) == len(order) - 3
    told = capsys.readouterr().out
    assert "trimmed" not in told
    assert "The full data was not measured" in told


def test_a_held_out_run_judges_and_teaches_nothing(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(run, tmp_path / "other")
    info = read_json(other / "run.json")
    assert info is not None
    info["dataset"]["root"] = "elsewhere"
    write_json(other / "run.json", info)
    without_digests(other)

    def measured() -> tuple[list[dict[str, Any]], list[Any]]:
        words = ["--held-out", str(other), "--json"]
        assert main(["evidence", str(run), *QUICK, *words]) == 0
        value = json.loads(capsys.readouterr().out.splitlines()[-1])
        record = read_record(Path(value["folder"]))
        assert record is not None
        assert record.judged == 1797
        assert all(len(places) == 1797 for places in record.held.values())
        cells = [(c.key, c.kept, c.chosen, c.tried) for c in record.cells.values()]
        return value["findings"], cells

    found, cells = measured()
    full = next(one for one in found if one["arm"] == "full")
    assert full["kept"] == 1797
    assert full["accuracy"] > 0.9  # it has seen these very pictures
    table = pd.read_parquet(other / "samples.parquet")
    table["label"] = np.roll(table["label"].to_numpy(), 1)
    table.to_parquet(other / "samples.parquet", index=False)
    wrong, same = measured()
    assert len(records(run)) == 2
    assert cells == same
    full = next(one for one in wrong if one["arm"] == "full")
    assert full["accuracy"] < 0.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--keep", "0,0.3"], "keep_ratio must be in (0, 1], got 0"),
        (["--keep", "nan"], "keep_ratio must be in (0, 1], got nan"),
        (["--keep", "1"], "expected one below 1 to compare"),
        (["--strategies", "flexrand@nothing"], "unknown score 'nothing'"),
        (["--out", "nowhere/found.csv"], "no such folder: nowhere"),
        (["--groups", "nothing.csv"], "no such file: nothing.csv"),
    ],
)
def test_more_bad_requests(
    run: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert main(["evidence", str(run), *QUICK, *options]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert words in said[-1]
    assert len(said) == 1
    assert not records(run)


def test_a_class_that_is_never_held_out_is_told(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Run.open(run).samples[["path", "label"]]
    own = table["path"].where(table["label"] != "3", "the same patient")
    table.assign(patient=own).to_csv(tmp_path / "g.csv", index=False)
    words = ["--groups", str(tmp_path / "g.csv"), "--group-column", "patient"]
    assert main(["evidence", str(run), *QUICK[:4], "--strategies", "flexrand:0.2", *words]) == 0
    said = capsys.readouterr().err
    assert "1 class is never held out, so no accuracy is of it: 3." in said


def test_groups_that_leave_nothing_to_hold_out(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Run.open(run).samples[["path", "label"]]
    table.to_csv(tmp_path / "g.csv", index=False)
    words = ["--groups", str(tmp_path / "g.csv"), "--group-column", "label"]
    assert main(["evidence", str(run), *QUICK, *words]) == 2
    assert "can be held out at a share of 0.3" in capsys.readouterr().err


@pytest.mark.parametrize("keep", ["0", "1.5", "nan"])
def test_auto_needs_a_share(run: Path, capsys: pytest.CaptureFixture[str], keep: str) -> None:
    assert main(["auto", str(run), "--keep", keep]) == 2
    assert "keep_ratio must be in (0, 1]" in capsys.readouterr().err
    assert not (run / "evidence").exists()


def test_shares_are_of_the_whole_run_and_what_a_split_does_not_leave_is_said(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--keep", "0.05,0.9", "--seeds", "2", "--strategies", "flexrand:0.2"]
    assert main(["evidence", str(run), *words, "--no-full", "--json"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out.splitlines()[-1])["findings"]
    assert [(one["keep_ratio"], one["kept"]) for one in found] == [(0.05, 90.0)] * 2
    assert "90 % kept is left out: what is not held out is 1,258 of 1,797 samples" in told.err
    assert "Shares kept are of all 1,797 samples" in told.out
    prune = ["prune", str(run), "--keep", "0.05", "--gamma", "0.2"]
    assert main([*prune, "--out", str(tmp_path / "kept.csv")]) == 0
    assert "kept 90 of 1,797" in capsys.readouterr().err
    assert main(["evidence", str(run), "--keep", "0.9", "--seeds", "2"]) == 2
    assert "90 % kept are more samples than a split leaves" in capsys.readouterr().err
