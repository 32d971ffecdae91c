from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from dlc_core.analysis.run_view import view_of
from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.evidence import Trial
from dlc_core.evidence.validity import (
    JudgedOn,
    held_out_of,
    holds,
    settings_for,
    usual,
    wanted_folder,
)
from dlc_core.jobs.measuring import command
from dlc_core.runs import Run
from tests.by_hand import without_digests


def copy(run: Run, to: Path, **changes: Mapping[str, object]) -> Path:
    """Copy a run and change parts of its run.json."""
    shutil.copytree(run.path, to)
    info = json.loads((to / "run.json").read_text())
    for part, values in changes.items():
        info[part] |= dict(values)
    (to / "run.json").write_text(json.dumps(info))
    without_digests(to)
    return to


@pytest.fixture
def run(digits_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run named "one" in a folder of runs."""
    monkeypatch.setenv("DLC_RUNS", str(tmp_path))
    return copy(digits_run, tmp_path / "one")


def test_what_is_held_out_tells_records_apart(run: Path, digits_run: Run) -> None:
    copy(digits_run, run.parent / "test", dataset={"fingerprint": "another", "root": "another"})
    view = view_of(Run.open(run))
    folders = {
        wanted_folder(view, held)
        for held in (JudgedOn(), JudgedOn(share=0.2), JudgedOn(run="test"), JudgedOn(run="test"))
    }
    assert len(folders) == 3
    with pytest.raises(DLCError, match="no run named 'gone'"):
        wanted_folder(view, JudgedOn(run="gone"))


def test_a_record_holds_until_something_changes(run: Path) -> None:
    view = view_of(Run.open(run))
    settings, folder = settings_for(view, JudgedOn()), wanted_folder(view, JudgedOn())
    assert holds(view, folder, settings)
    assert holds(view, folder, {**settings, "grouped": True}) is None
    assert holds(view, folder, {**settings, "held_out": "gone"}) is None
    record(run, view.ids[:2].tolist(), by="one", verdict="pin")
    assert holds(view, folder, settings) is False


def test_groups_of_the_data_can_be_told_from_a_file_of_groups(run: Path) -> None:
    ids = Run.open(run).samples["id"]
    table = pd.DataFrame({"id": ids, "writer": ids % 30, "constant": "x"})
    table.to_parquet(run / "columns.parquet")
    info = json.loads((run / "run.json").read_text())
    info["dataset"]["asked"] = {"group_column": "writer"}
    (run / "run.json").write_text(json.dumps(info))
    without_digests(run)
    view = view_of(Run.open(run))
    assert usual(view) == JudgedOn(groups="writer")
    assert usual(view).words == "30 % of each class, each writer whole on one side"
    settings, folder = settings_for(view, usual(view)), wanted_folder(view, usual(view))
    assert held_out_of(settings) == usual(view)
    assert holds(view, folder, settings)
    assert wanted_folder(view, JudgedOn()) != folder
    with pytest.raises(DLCError, match=r"nothing of .* can be held out .* parts each constant"):
        wanted_folder(view, JudgedOn(groups="constant"))
    words = command(view.run, Trial.of(("flexrand:0.2",), (0.1,), 2), usual(view))
    assert words[words.index("--group-column") + 1] == "writer"
    plain = command(view.run, Trial.of(("flexrand:0.2",), (0.1,), 2), JudgedOn())
    assert plain[-1] == "--no-groups"
