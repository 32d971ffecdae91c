from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pandas as pd
import pytest

from dlc_core.analysis.filter import Filter, from_parameters
from dlc_core.cli import main
from dlc_core.decisions import record
from dlc_core.export import read_ids
from dlc_core.issues import ISSUES
from dlc_core.runs import Run

Captured = pytest.CaptureFixture[str]
HARD = 'class in ("3", 4) and percentile > 95'


def listed(capsys: Captured, *arguments: str) -> dict[str, Any]:
    assert main(["list", *arguments, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out.splitlines()[-1]))


def test_the_table_holds_what_meets_the_filter(digits_run: Run, capsys: Captured) -> None:
    assert main(["list", str(digits_run.path), "--where", HARD]) == 0
    printed = capsys.readouterr()
    table = pd.read_csv(io.StringIO(printed.out))
    samples = digits_run.samples
    wanted = samples[samples["label"].isin(["3", "4"]) & (samples["percentile"] > 95)]
    assert table["id"].tolist() == wanted["id"].tolist()
    assert table["percentile"].tolist() == wanted["percentile"].tolist()
    assert "issues" in table
    assert (
        printed.err == f"dlc: listed {len(wanted)} of {len(wanted)} samples that match, of 1,797.\n"
    )


def test_sorted_limited_and_as_a_subset(digits_run: Run, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "hard.json"
    words = [str(digits_run.path), "--where", "percentile > 50", "--sort", "suspicion"]
    words += ["--descending", "--limit", "5"]
    found = listed(capsys, *words, "--format", "json", "--out", str(out))
    assert (found["matched"], found["listed"]) == (digits_run.where("percentile > 50").size, 5)
    rows = json.loads(out.read_text())["samples"]
    values = [row["suspicion"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert sorted(read_ids(out).tolist()) == sorted(row["id"] for row in rows)
    assert main(["list", *words, "--out", str(out)]) == 2  # it is there
    assert "--overwrite" in capsys.readouterr().err


def test_the_suffix_of_the_file_is_its_format(digits_run: Run, tmp_path: Path) -> None:
    out = tmp_path / "hard.json"
    assert main(["list", str(digits_run.path), "--where", HARD, "--out", str(out)]) == 0
    assert json.loads(out.read_text())["samples"]


def test_the_object_says_how_to_open_it_on_explore(digits_run: Run, capsys: Captured) -> None:
    found = listed(capsys, str(digits_run.path), "--where", HARD, "--sort", "rank")
    ranks = [row["rank"] for row in found["samples"]]
    assert ranks == sorted(ranks)
    address = parse_qs(str(found["explore"]))
    assert address["run"] == [digits_run.path.name]
    held = from_parameters(address, classes=10, issues=tuple(ISSUES))
    assert held.classes == (3, 4)
    assert held.percentile is not None
    only_here = listed(capsys, str(digits_run.path), "--where", "rank <= 3 or class = 1")
    assert only_here["explore"] is None
    assert from_parameters({}, classes=10, issues=()) == Filter()
    assert listed(capsys, str(digits_run.path), "--where", "rank < 0")["samples"] == []


def test_decisions_and_another_score(digits_run: Run, tmp_path: Path, capsys: Captured) -> None:
    path = shutil.copytree(digits_run.path, tmp_path / "run")
    record(path, [1, 2], by="t", verdict="pin")
    record(path, [2], by="t", relabel="7", note="a seven")
    (one, two) = listed(capsys, str(path), "--where", "decision = pin")["samples"]
    assert (one["decision"], one["note"]) == ("pin", "")
    assert (two["label"], two["relabel"], two["note"]) == ("2", "7", "a seven")
    unmasked = listed(capsys, str(path), "--by", "unmasked", "--where", "rank = 1")["samples"]
    own = listed(capsys, str(path), "--where", "rank = 1")["samples"]
    assert unmasked[0]["score"] != own[0]["score"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--where", "clas = 1"], "the filter at character 1: got 'clas', expected one of class"),
        (["--sort", "nothing"], "got the column 'nothing', expected one of "),
        (["--limit", "-1"], "--limit must be 0 or more"),
        (["--by", "gone"], "has no score 'gone'"),
        (["--out", "-", "--json"], "got --out - and --json"),
    ],
)
def test_what_is_asked_wrongly(
    digits_run: Run, words: list[str], said: str, capsys: Captured
) -> None:
    assert main(["list", str(digits_run.path), *words]) == 2
    assert said in capsys.readouterr().err


def test_an_export_of_what_meets_a_filter(
    digits_run: Run, tmp_path: Path, capsys: Captured
) -> None:
    run, out, subset = str(digits_run.path), tmp_path / "hard.csv", tmp_path / "some.npy"
    assert main(["export", run, "--where", HARD, "--format", "csv", "--out", str(out)]) == 0
    assert read_ids(out).tolist() == digits_run.where(HARD).tolist()
    assert main(["prune", run, "--keep", "0.3", "--out", str(subset)]) == 0
    both = ["--subset", str(subset), "--where", HARD, "--format", "npy"]
    assert main(["export", run, *both, "--out", str(tmp_path / "both.npy")]) == 0
    expected = set(read_ids(subset).tolist()) & set(digits_run.where(HARD).tolist())
    assert set(read_ids(tmp_path / "both.npy").tolist()) == expected
    capsys.readouterr()
    assert main(["export", run, "--where", "rank < 0", "--format", "csv", "--out", "-"]) == 2
    assert "no sample meets 'rank < 0'" in capsys.readouterr().err
    assert main(["export", run, "--format", "csv", "--out", "-"]) == 2
    assert "expected --subset FILE or --where EXPRESSION" in capsys.readouterr().err
