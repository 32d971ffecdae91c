from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from dlc_core.cli import main
from dlc_core.runs import Run

# What this project decides about members that a decoder could read: hidden entries do not count,
# names must be UTF-8, and an image beside the class folders has no class.
BY_DECISION = (".hidden.jpg", ".ipynb_checkpoints/", "latin1_", "stray_at_root.jpg")
NOT_COUNTED = ("OS litter", "AppleDouble file", "hidden class folder")


@pytest.fixture(scope="module")
def hostile(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hostile") / "set"
    source = str(shared / "images/textures10")
    script = str(shared / "make_hostile.py")
    subprocess.run(
        [sys.executable, "-W", "ignore", script, str(out), source], check=True, capture_output=True
    )
    return out


@pytest.fixture(scope="module")
def run(hostile: Path) -> Run:
    folder = hostile.parent / "run"
    command = ["score", str(hostile), "--masks", "2", "--out", str(folder)]
    assert main(command) == 0
    return Run.open(folder)


def test_every_member_is_a_sample_or_a_fault_with_a_reason(hostile: Path, run: Run) -> None:
    members = json.loads(Path(f"{hostile}_manifest.json").read_text())
    sample_paths, faults = set(run.samples["path"]), run.faults
    for member in members:
        path = member["path"]
        if not path.startswith("train/") or any(part in path for part in BY_DECISION):
            continue
        path = path.removeprefix("train/")
        if member["pillow_loadable"]:
            assert path in sample_paths, member
        elif member["kind"] not in NOT_COUNTED:
            assert path in set(faults["path"]), member
            assert path not in sample_paths
    assert faults["error"].str.len().min() > 10


def test_reasons_are_for_people(run: Run) -> None:
    reasons = run.faults.set_index("path")["error"]
    assert reasons["banded/zero_byte.jpg"] == "the file is empty (0 bytes)"
    assert reasons["banded/text_renamed.jpg"] == "not an image: no known image format"
    assert reasons["banded/truncated.jpg"].startswith("damaged or truncated")
    assert "bomb" in reasons["banded/bomb_30000x30000.png"]
    assert any("not valid UTF-8" in reason for reason in reasons)
    assert any("loop" in reason for reason in reasons)


def test_tables_hold_every_name_unharmed(run: Run) -> None:
    table = pd.read_parquet(run.path / "samples.parquet")
    names = {path.rpartition("/")[2] for path in table["path"]}
    assert {"new\nline.jpg", "emoji_😀.jpg", "rtl_\u202egpj.jpg", "=cmd|calc!A1.jpg"} <= names


def test_pipes_and_devices_never_hang(hostile: Path, tmp_path: Path) -> None:
    extra = Path(f"{hostile}_extra")
    assert main(["score", str(extra), "--masks", "2", "--out", str(tmp_path / "run")]) == 0
    run = Run.open(tmp_path / "run")
    assert dict(zip(run.faults["path"], run.faults["error"], strict=True)) == {
        "a/devzero.jpg": "not a regular file but a device",
        "a/fifo.jpg": "not a regular file but a named pipe (FIFO)",
    }
