from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dashboard.export.destination import destination, images_problem
from dlc_core.errors import DLCError
from dlc_core.runs import Run


def test_where_a_folder_may_be_made(run: Run, images: Path, tmp_path: Path) -> None:
    assert destination(run, "  ") is None
    assert destination(run, str(images / "new")) == images / "new"
    own = run.path / "exports" / "kept"
    assert destination(run, str(own)) == own
    for typed in (
        "/etc/kept", str(run.path / "kept"), str(run.path / "exports" / ".." / "kept"),
        f"{images}/../../kept", str(tmp_path / "kept"), str(own / "deeper"), "/x\0y",
    ):  # fmt: skip
        with pytest.raises(DLCError):
            destination(run, typed)


def test_why_there_are_no_images(
    run: Run, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert images_problem(run) == ""
    monkeypatch.setenv("DLC_DATA_ROOTS", f'["{tmp_path / "runs"}"]')
    assert "is outside the folders this dashboard may read" in images_problem(run)
    monkeypatch.setenv("DLC_DATA_ROOTS", f'["{tmp_path}"]')
    shutil.rmtree(images)
    assert f"The dataset's folder {images} cannot be found" in images_problem(run)
    file = run.path / "run.json"
    info = json.loads(file.read_text())
    info["dataset"]["root"] = ""
    file.write_text(json.dumps(info))
    assert "given from Python" not in images_problem(Run.open(run.path))
    info["dataset"].update(files=False, source="", asked={})
    file.write_text(json.dumps(info))
    assert "was given from Python" in images_problem(Run.open(run.path))
    info["dataset"].update(kind="npz", source=str(tmp_path / "gone.npz"))
    file.write_text(json.dumps(info))
    assert "gone.npz cannot be found" in images_problem(Run.open(run.path))
    monkeypatch.setenv("DLC_DATA_ROOTS", f'["{tmp_path / "runs"}"]')
    assert "is outside the folders" in images_problem(Run.open(run.path))
    info["dataset"].update(kind="digits", source="digits")
    file.write_text(json.dumps(info))
    assert images_problem(Run.open(run.path)) == ""
