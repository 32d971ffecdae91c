"""A strategy of another package on the pages: its sliders and its recipe."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import dlc_core as dlc
from dlc_core.recipes import saved_recipes
from dlc_core.runs import Run
from tests.example_plugin import put_on_path

from .conftest import OpenPage


def test_its_sliders_choose(
    open_page: OpenPage, digits_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(tmp_path / "plugin", monkeypatch)
    runs = tmp_path / "runs"
    shutil.copytree(digits_run.path, runs / "digits")
    at = open_page("prune", runs, address={"strategy": "acme", "pruned": 90, "acme-shake": 7})
    at.slider(key="acme-centre").set_value(25)
    at.text_input(key="recipe-name").set_value("band").run()
    assert not at.exception
    assert [box.key for box in at.slider] == ["pruned", "acme-centre", "acme-shake"]
    assert any("nearest to a place of your choice" in item.value for item in at.caption)
    at.button(key="recipe-save").click().run()
    record = saved_recipes(runs / "digits")["band"]
    chosen = {"centre": 0.25, "shake": 7}
    assert record["recipe"]["parameters"] == chosen
    kept = dlc.select(digits_run, strategy="acme", keep_ratio=0.1, parameters=chosen)
    assert record["subset"]["kept"] == len(kept)


def test_what_a_run_lacks_is_not_offered(
    open_page: OpenPage, digits_run: Run, tmp_path: Path
) -> None:
    shutil.copytree(digits_run.path, tmp_path / "digits")
    (tmp_path / "digits" / "features.npy").unlink()
    at = open_page("prune", tmp_path, address={"strategy": "zcore"})
    assert not at.exception
    box = at.selectbox(key="strategy")
    assert box.value == "flexrand"
    assert "ccs" in box.options
    assert "zcore" not in box.options
    said = " ".join(item.value for item in at.caption).replace("\\", "")
    assert "They need features (features.npy), which this run lacks" in said
