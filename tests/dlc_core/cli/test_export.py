"""`dlc export`: formats, parts, modes, decisions; each mistake is one sentence and exit code 2."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlc_core.cli import main
from dlc_core.decisions import record
from dlc_core.export import FORMATS
from dlc_core.runs import Run


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of twelve images in two classes."""
    base = tmp_path_factory.mktemp("export")
    for place in range(12):
        label = ("cats", "dogs")[place // 6]
        (base / "images" / label).mkdir(parents=True, exist_ok=True)
        image = Image.new("RGB", (20, 24), (20 * place, 255 - 9 * place, 7))
        image.save(base / "images" / label / f"{place:02d}.png")
    out = base / "run"
    assert main(["score", str(base / "images"), "--masks", "1", "--out", str(out)]) == 0
    return out


@pytest.fixture
def subset(scored: Path, tmp_path: Path) -> list[str]:
    """The first arguments of an export of samples 1, 4, 7 and 8."""
    (scored / "decisions.jsonl").unlink(missing_ok=True)
    np.save(tmp_path / "kept.npy", np.array([1, 4, 7, 8]))
    return ["export", str(scored), "--subset", str(tmp_path / "kept.npy"), "--format"]


def test_the_help_knows_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["export", "--help"])
    assert stop.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Example: dlc export " in said
    for name in FORMATS:
        assert f"{name}: " in said


def test_every_format_is_written(subset: list[str], tmp_path: Path) -> None:
    for name in FORMATS:
        out = tmp_path / f"out-{name}"
        assert main([*subset, name, "--out", str(out)]) == 0
        assert out.is_dir() == (FORMATS[name].media_type == "folder")
    with zipfile.ZipFile(tmp_path / "out-zip") as archive:
        assert archive.namelist() == ["cats/01.png", "cats/04.png", "dogs/07.png", "dogs/08.png"]


def test_parts(scored: Path, subset: list[str], tmp_path: Path) -> None:
    record(scored, [0], by="a", verdict="exclude")
    out = tmp_path / "out.parquet"
    assert main([*subset, "parquet", "--part", "both", "--out", str(out)]) == 0
    counts = pd.read_parquet(out)["status"].value_counts().to_dict()
    assert counts == {"kept": 4, "dropped": 7, "excluded": 1}
    tree = tmp_path / "dropped"
    assert main([*subset, "imagefolder", "--part", "dropped", "--out", str(tree)]) == 0
    assert len(list(tree.rglob("*.png"))) == 7


def test_decisions_made_since_count_and_are_told(
    scored: Path, subset: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(scored, [4], by="a", verdict="exclude")
    record(scored, [7], by="a", relabel="wolves")
    command = [*subset, "imagefolder", "--mode", "symlink", "--out"]
    assert main([*command, str(tmp_path / "a")]) == 0
    said = capsys.readouterr().err
    assert "left out 1 sample of the subset, excluded by now" in said
    assert "1 label as people decided; the run has no class 'wolves'" in said
    assert "Exporting images" in said
    files = sorted(p.relative_to(tmp_path / "a").as_posix() for p in (tmp_path / "a").glob("*/*"))
    assert files == ["cats/01.png", "dogs/08.png", "wolves/07.png"]
    assert main([*command, str(tmp_path / "b"), "--ignore-decisions"]) == 0
    assert len(list((tmp_path / "b").glob("*/*"))) == 4
    assert not (tmp_path / "b" / "wolves").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tar"], "unknown format 'tar'; expected one of csv, parquet"),
        (["zip", "--part", "both"], "not both; take one of csv"),
        (["csv", "--mode", "symlink"], "no mode 'symlink'"),
        (["zip", "--part", "some"], "invalid choice"),
        (["zip", "--data-root", "/no/such/folder"], "/no/such/folder cannot be found"),
    ],
)
def test_mistakes_are_one_sentence(
    subset: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    assert main([*subset, *arguments, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_faults_are_listed_and_not_fatal(
    scored: Path, subset: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(Run.open(scored).info["dataset"]["root"]) / "cats" / "01.png"
    moved = file.rename(tmp_path / "moved")
    try:
        assert main([*subset, "zip", "--out", str(tmp_path / "out.zip")]) == 0
    finally:
        moved.rename(file)
    said = capsys.readouterr().err
    assert "left out cats/01.png: the file is missing" in said
    assert "wrote 3 samples; 1 image could not be exported" in said


def test_a_stop_leaves_no_trace(scored: Path, subset: list[str], tmp_path: Path) -> None:
    root = Path(Run.open(scored).info["dataset"]["root"])
    large = root / "cats" / "01.png"
    before = large.read_bytes()
    with large.open("r+b") as file:
        file.truncate(8 << 30)  # sparse: takes no space, but seconds to copy
    out = tmp_path / "out.zip"
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "dlc_core", *subset, "zip", "--out", str(out)],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert "Exporting images" in process.stderr.readline()
        os.kill(process.pid, signal.SIGINT)
        said = process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=60) == 130
    finally:
        large.write_bytes(before)
    assert "stopped; nothing was written to" in said
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.npy"]
