"""The pages of a run whose samples are neither images nor text: all that can work does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dlc_core.atomic_files import write_record
from dlc_core.backbones import COMMON_BACKBONES
from dlc_core.cli import main
from dlc_core.runs import Run
from tests.dlc_core.modalities.rows_of_numbers import rows_of_numbers
from tests.pages.conftest import OpenPage

__all__ = ["rows_of_numbers"]


def test_runs_of_what_is_not_installed(
    open_page: OpenPage, digits_run: Run, tmp_path: Path
) -> None:
    for name, changes in (
        ("score", {"score": "acme", "dataset": {**digits_run.info["dataset"], "source": "/x"}}),
        ("modality", {"dataset": {**digits_run.info["dataset"], "modality": "acme"}}),
    ):
        run = shutil.copytree(digits_run.path, tmp_path / name)
        write_record(run, {**digits_run.info, **changes})
    for page in ("score", "explore", "export", "prune"):
        for name in ("score", "modality"):
            assert not open_page(page, tmp_path, address={"run": name}).exception


def test_every_page(
    open_page: OpenPage, rows_of_numbers: Path, asked_here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = rows_of_numbers.parent  # a data root of the page
    typed = f"rows:{rows_of_numbers}"
    words = ["score", typed, "--backbone", "linear:4", "--masks", "3", "--out"]
    assert main([*words, str(runs / "numbers")]) == 0
    for name in ("explore", "classes", "prune", "export", "evidence", "decisions"):
        at = open_page(name, runs)
        assert not at.exception
        assert not at.error, (name, [one.value for one in at.error])
    monkeypatch.setitem(COMMON_BACKBONES, "linear:4", "typed")  # AppTest cannot type a new one
    chosen = {"folder": typed, "backbone-Folder or file": "linear:4"}
    at = open_page("score", runs, source="Folder or file", **chosen)
    assert any(f"dlc score {typed}" in one.value for one in at.code)
    next(button for button in at.button if button.label == "Look").click().run()
    assert not at.error, [one.value for one in at.error]
    assert "**60** rows in **3** classes" in " ".join(one.value for one in at.markdown)
