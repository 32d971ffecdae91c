"""Another package's entries of the registries: the documented example, installed and used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dlc_core as dlc_api
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.evidence import parse_arm
from dlc_core.evidence.arm_names import offered, title
from dlc_core.export import export_formats
from dlc_core.plugins import broken_plugins, plugin_names
from dlc_core.recipes import Recipe
from dlc_core.runs import Run
from dlc_core.scores import score_names, scores_of
from dlc_core.selection import Strategy, strategies, strategy
from tests.example_plugin import put_on_path

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


def test_its_data_is_scored_by_its_backbone(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = installed / "run"
    made = dlc(
        installed, "score", "acme:tools", "--backbone", "acme:8", "--masks", "2", "--out", str(run)
    )
    assert made.returncode == 0, made.stderr
    info = Run.open(run).info
    assert info["dataset"]["source"] == "acme:tools"
    assert info["backbone"]["name"] == "acme:8"
    assert Run.open(run).features.shape == (40, 8)
    monkeypatch.syspath_prepend(installed / "site")
    with pytest.raises(SystemExit):
        main(["score", "--help"])
    assert "acme:tools: a shelf of Acme" in " ".join(capsys.readouterr().out.split())
    assert main(["look", "acme:tools", "--clusters", "3"]) == 2
    assert "Acme's store has no use for --clusters 3" in capsys.readouterr().err


def test_a_broken_plugin_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    (site / "broken-1.0.dist-info").mkdir(parents=True)
    (site / "broken-1.0.dist-info" / "METADATA").write_text("Name: broken\nVersion: 1.0\n")
    points = "[dlc.datasets]\nbroken = broken:READER\nother = json:dumps\n"
    (site / "broken-1.0.dist-info" / "entry_points.txt").write_text(points)
    (site / "broken.py").write_text("raise RuntimeError('no licence')")
    assert "broken" not in plugin_names("dlc.datasets")
    monkeypatch.syspath_prepend(site)
    for name, words in (
        ("broken:x", "the plug-in 'broken' (broken:READER) cannot be loaded: no licence"),
        ("other:x", "the plug-in 'other' (json:dumps) is a function; expected a"),
    ):
        assert main(["look", name]) == 2
        said = capsys.readouterr().err
        assert words in said
        assert "Traceback" not in said
    assert main(["look", "digits"]) == 0


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example, where this process finds it."""
    put_on_path(tmp_path / "plugin", monkeypatch)


CHOSEN = {"centre": 0.25, "shake": 7}


@pytest.mark.usefixtures("acme")
def test_its_strategy_is_set_saved_and_rebuilt(
    digits_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(digits_run.path)
    words = ["prune", run, "--strategy", "acme", "--keep", "0.1", "--set", "centre=0.25"]
    first, recipe, again = (str(tmp_path / name) for name in ("a.json", "r.json", "b.json"))
    assert main([*words, "--set", "shake=7", "--out", first, "--save-recipe", recipe]) == 0
    subset = dlc_api.select(digits_run, strategy="acme", keep_ratio=0.1, parameters=CHOSEN)
    found = json.loads(Path(first).read_text())
    assert [row["id"] for row in found["samples"]] == subset.ids.tolist()
    values = {"strategy": "acme", "keep_ratio": 0.1, "seed": 0, "parameters": CHOSEN}
    assert found["recipe"] == json.loads(Path(recipe).read_text())["recipe"] == values
    assert main(["prune", run, "--recipe", recipe, "--out", again]) == 0
    assert Path(again).read_bytes() == Path(first).read_bytes()
    capsys.readouterr()
    assert main([*words, "--set", "shake=21", "--out", str(tmp_path / "c.json")]) == 2
    assert "shake must be a whole number in [0, 20], got 21" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["prune", "--help"])
    assert "acme shake: shake, 0 to 20 (2)" in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("acme")
def test_its_strategy_is_an_arm(digits_run: Run, tmp_path: Path) -> None:
    name = "acme:0.25+shake=7"
    assert parse_arm("acme:shake=7+centre=0.25").name == name
    assert [one.name for one in parse_arm("acme:auto+shake=7").choices] == [
        f"acme:{centre}+shake=7" for centre in (0.25, 0.5, 0.75)
    ]
    assert {"acme:0.5", "acme:auto"} <= set(offered(Recipe()))
    assert title(name) == "Acme's band, centre 25 %, shake 7"
    run, out = tmp_path / "run", tmp_path / "found.json"
    shutil.copytree(digits_run.path, run)
    words = ["evidence", str(run), "--keep", "0.05", "--seeds", "2", "--no-full"]
    assert main([*words, "--strategies", name, "--out", str(out)]) == 0
    found = json.loads(out.read_text())["findings"]
    assert {one["arm"] for one in found} == {"random", name}


@pytest.mark.usefixtures("acme")
def test_its_score_and_its_format(digits_run: Run, tmp_path: Path) -> None:
    assert score_names(digits_run)["acme"] == "how many pixels the image had"
    expected = digits_run.samples["width"] * digits_run.samples["height"]
    assert scores_of(digits_run, "acme").tolist() == expected.tolist()
    subset, out = tmp_path / "kept.csv", tmp_path / "kept.txt"
    run = str(digits_run.path)
    assert main(["prune", run, "--keep", "0.02", "--score", "acme", "--out", str(subset)]) == 0
    words = ["export", run, "--subset", str(subset), "--format", "acme"]
    assert main([*words, "--out", str(out)]) == 0
    kept = dlc_api.select(digits_run, keep_ratio=0.02, score="acme")
    paths = digits_run.samples["path"].iloc[kept.positions].tolist()
    assert out.read_text().splitlines() == paths


def test_a_broken_entry_is_passed_over_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(tmp_path / "plugin", monkeypatch)
    (tmp_path / "plugin" / "dlc_acme" / "__init__.py").write_text("raise RuntimeError('gone')")
    assert "acme" not in {**strategies(), **export_formats()}
    said = "the plug-in 'acme' (dlc_acme:STRATEGY) cannot be loaded: gone"
    assert broken_plugins("dlc.strategies", Strategy)[0].startswith(said)
    with pytest.raises(DLCError, match="cannot be loaded: gone"):
        strategy("acme")
