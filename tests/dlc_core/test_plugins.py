"""Another package's reader and backbone: the documented example, installed and used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlc_core.plugins import plugin_names
from dlc_core.runs import Run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "example-plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package, installed into a folder of its own."""
    target = tmp_path_factory.mktemp("plugin")
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    words += ["--no-build-isolation", "--target", str(target / "site"), str(EXAMPLE)]
    subprocess.run(words, check=True, capture_output=True)
    return target


def dlc(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(installed / "site"), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-m", "dlc_core", *words],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_shows_the_package_that_is_tested() -> None:
    text = (ROOT / "docs" / "plug-ins.md").read_text(encoding="utf-8")
    for name in ("pyproject.toml", "dlc_acme/__init__.py"):
        assert (EXAMPLE / name).read_text(encoding="utf-8") in text


def test_its_data_is_scored_by_its_backbone(installed: Path) -> None:
    run = installed / "run"
    made = dlc(
        installed, "score", "acme:tools", "--backbone", "acme:8", "--masks", "2", "--out", str(run)
    )
    assert made.returncode == 0, made.stderr
    info = Run.open(run).info
    assert info["dataset"]["source"] == "acme:tools"
    assert info["backbone"]["name"] == "acme:8"
    assert Run.open(run).features.shape == (40, 8)
    told = dlc(installed, "score", "--help").stdout
    assert "acme:tools: a shelf of Acme" in " ".join(told.split())
    wrong = dlc(installed, "look", "acme:tools", "--clusters", "3")
    assert wrong.returncode == 2
    assert "Acme's store has no use for --clusters 3" in wrong.stderr


def test_a_broken_plugin_is_one_sentence(installed: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "broken-1.0.dist-info").mkdir(parents=True)
    (site / "broken-1.0.dist-info" / "METADATA").write_text("Name: broken\nVersion: 1.0\n")
    points = "[dlc.datasets]\nbroken = broken:READER\nother = json:dumps\n"
    (site / "broken-1.0.dist-info" / "entry_points.txt").write_text(points)
    (site / "broken.py").write_text("raise RuntimeError('no licence')")
    for name, words in (
        ("broken:x", "the plug-in 'broken' (broken:READER) cannot be loaded: no licence"),
        ("other:x", "the plug-in 'other' (json:dumps) is a function; expected a"),
    ):
        made = dlc(tmp_path, "look", name)
        assert made.returncode == 2
        assert words in made.stderr
        assert "Traceback" not in made.stderr
    assert dlc(tmp_path, "look", "digits").returncode == 0
    assert "broken" not in plugin_names("dlc.datasets")
