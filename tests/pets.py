"""Fixtures: a run of a small image folder, below a folder of runs that the dashboard knows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from dlc_core.cli import main
from dlc_core.runs import Run
from tests.by_hand import without_digests
from tests.conftest import MakeOnce


@pytest.fixture(scope="session")
def scored(make_once: MakeOnce) -> Path:
    """A folder with `images` (two classes of six) and a run of them, scored once."""
    return make_once("pets", _score)


def _score(top: Path) -> None:
    for name in ("cats", "dogs"):
        (top / "images" / name).mkdir(parents=True)
        for number in range(6):
            shade = 40 + 9 * number + 100 * (name == "dogs")
            image = Image.new("RGB", (20, 24), (shade, 255 - shade, 7 * number))
            image.save(top / "images" / name / f"{number}.png")
    assert main(["score", str(top / "images"), "--masks", "1", "--out", str(top / "pets")]) == 0


@pytest.fixture
def images(scored: Path, tmp_path: Path) -> Path:
    """The run's image folder, for one test to spoil."""
    return shutil.copytree(scored / "images", tmp_path / "images")


@pytest.fixture
def run(scored: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run, for one test to spoil."""
    monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(images)]))
    monkeypatch.setenv("DLC_RUNS", str(tmp_path / "runs"))
    path = shutil.copytree(scored / "pets", tmp_path / "runs" / "pets")
    info = json.loads((path / "run.json").read_text())
    info["dataset"]["root"] = str(images)
    (path / "run.json").write_text(json.dumps(info))
    without_digests(path)
    return Run.open(path)
