from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from dashboard.evidence.fitting import fitting_runs
from dashboard.evidence.standing import HeldOut, holds, settings_for, wanted_folder
from dashboard.view import open_view
from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.runs import Run


def copy(run: Run, to: Path, **changes: Mapping[str, object]) -> Path:
    """Copy a run and change parts of its run.json."""
    shutil.copytree(run.path, to)
    info = json.loads((to / "run.json").read_text())
    for part, values in changes.items():
        info[part] |= dict(values)
    (to / "run.json").write_text(json.dumps(info))
    return to


@pytest.fixture
def run(digits_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run named "one" in a folder of runs."""
    monkeypatch.setenv("DLC_RUNS", str(tmp_path))
    return copy(digits_run, tmp_path / "one")


def test_runs_of_the_same_backbone_and_classes_fit(run: Path, digits_run: Run) -> None:
    runs, other = run.parent, {"fingerprint": "another", "root": "another"}
    copy(digits_run, runs / "same")  # the very same data
    copy(digits_run, runs / "test", dataset=other)
    copy(digits_run, runs / "few", dataset={**other, "classes": ["0", "1"]})
    copy(digits_run, runs / "more", dataset={**other, "classes": ["0", "dog"]})
    copy(digits_run, runs / "else", dataset=other, backbone={"digest": "another"})
    (runs / "broken").mkdir()
    (runs / "broken" / "run.json").write_text('{"status": "done"}')
    assert set(fitting_runs(open_view(run))) == {"test", "few"}


def test_what_is_held_out_tells_records_apart(run: Path, digits_run: Run) -> None:
    copy(digits_run, run.parent / "test", dataset={"fingerprint": "another", "root": "another"})
    view = open_view(run)
    folders = {
        wanted_folder(view, held)
        for held in (HeldOut(), HeldOut(share=0.2), HeldOut(run="test"), HeldOut(run="test"))
    }
    assert len(folders) == 3
    with pytest.raises(DLCError, match="no run named 'gone'"):
        wanted_folder(view, HeldOut(run="gone"))


def test_a_record_holds_until_something_changes(run: Path) -> None:
    view = open_view(run)
    settings, folder = settings_for(view, HeldOut()), wanted_folder(view, HeldOut())
    assert holds(view, folder, settings)
    assert holds(view, folder, {**settings, "grouped": True}) is None
    assert holds(view, folder, {**settings, "held_out": "gone"}) is None
    record(run, view.ids[:2].tolist(), by="one", verdict="pin")
    assert holds(view, folder, settings) is False
