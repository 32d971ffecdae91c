"""Resume on the Score page: a run from elsewhere shows its command first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dlc_core import jobs
from dlc_core.atomic_files import write_record
from dlc_core.runs.begun_here import new_id, note_begun
from tests.pages.conftest import OpenPage


def test_a_run_from_elsewhere_shows_what_resuming_does(
    digits_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: OpenPage
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda words, **_: started.append(words))
    first = next(path.parent for path in digits_runs.glob("*/run.json"))
    run = tmp_path / "got"
    shutil.copytree(first, run)
    info = json.loads((run / "run.json").read_text())
    info |= {"status": "interrupted", "id": new_id()}
    info["request"] = {"dataset": "digits", "backbone": "demo", "masks": 7}
    write_record(run, info)
    at = open_page("score", tmp_path)
    told = " ".join(one.value for one in at.warning)
    assert "was not begun here" in told
    shown = " ".join(one.value for one in at.code)
    assert "--masks=7" in shown
    (key,) = (str(one.key) for one in at.button if str(one.key).startswith("resume-got"))
    write_record(run, {**info, "request": {**info["request"], "masks": 8}})
    at.button(key=key).click().run()  # which was drawn under another command
    assert not started
    write_record(run, info)
    at.run()
    at.button(key=key).click().run()
    assert started
    assert started[0][:2] == ["score", "digits"]

    note_begun(run, info)  # our own asks nothing
    at = open_page("score", tmp_path)
    assert not any("was not begun here" in one.value for one in at.warning)

    info["request"]["download"] = True
    write_record(run, info)
    at = open_page("score", tmp_path)
    assert any("never writes" in one.value for one in at.error)
    assert not any(str(one.key).startswith("resume-got") for one in at.button)
