"""Decisions are taken over by path, from a printed list or a recipe, and can be undone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dlc_core.cli import main
from dlc_core.decisions import read_log, record
from dlc_core.recipes import Recipe, recipe_record, run_candidates, subset_of
from dlc_core.runs import Run


@pytest.fixture
def pair(digits_run: Run, tmp_path: Path) -> tuple[Run, Run]:
    """A run in which something was decided, and one of the same data in which nothing was."""
    one, other = (
        Run.open(shutil.copytree(digits_run.path, tmp_path / name)) for name in ("one", "other")
    )
    record(one.path, [1, 2, 3], by="t", verdict="pin")
    record(one.path, [3, 4], by="t", verdict="exclude", note="=odd")
    record(one.path, [5], by="t", relabel="7")
    return one, other


def state(run: Run) -> tuple[object, ...]:
    found = read_log(run.path).state(run.samples["id"].to_numpy())
    return found.verdict.tolist(), found.relabelled, found.notes


def test_from_a_printed_list(
    pair: tuple[Run, Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = pair
    assert main(["decisions", str(one.path), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    value["decisions"].append({**value["decisions"][0], "path": "elsewhere.png"})
    file = tmp_path / "d.json"
    file.write_text(json.dumps(value))
    record(other.path, [4], by="t", verdict="pin")
    assert main(["decisions", str(other.path), "--import", str(file)]) == 0
    said = capsys.readouterr().err
    assert "decided on 5 samples" in said
    assert "not in this run: 1" in said
    assert state(other) == state(one)
    assert len(read_log(other.path).events) == 1 + 3  # one act for each that says the same


def test_from_a_recipe(pair: tuple[Run, Run], tmp_path: Path) -> None:
    one, other = pair
    samples = run_candidates(one)
    file = tmp_path / "r.json"
    file.write_text(json.dumps(recipe_record(one, samples, subset_of(one, samples, Recipe()))))
    assert main(["decisions", str(other.path), "--import", str(file)]) == 0
    assert state(other)[:2] == state(one)[:2]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"decisions": [{"path": 1}]}', '{"decisions": {"pinned": 3}}']
)
def test_files_that_hold_none(
    pair: tuple[Run, Run], tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "d.json"
    file.write_text(text)
    assert main(["decisions", str(pair[1].path), "--import", str(file)]) == 2
    assert "holds no decisions" in capsys.readouterr().err
    assert not read_log(pair[1].path).events
    assert main(["decisions", str(pair[1].path), "--import", str(tmp_path / "no")]) == 2
