from __future__ import annotations

from pathlib import Path

import pytest

from dlc_core import jobs
from dlc_core.atomic_files import write_json
from dlc_core.errors import DLCError
from dlc_core.evidence import Room, open_record
from dlc_core.evidence.live_record import reading_of
from dlc_core.evidence.measurement import Cell
from dlc_core.jobs import measuring
from dlc_core.records.outcome import Outcome, save_outcome
from tests.made_up_cells import SETTINGS, cells

ASKED = [
    "evidence", "RUN", "--strategies", "flexrand:0.2,trimmed:0.7,hardest", "--keep", "0.1,0.3",
    "--seeds", "6",
]  # fmt: skip


def ended(folder: Path, outcome: Outcome) -> None:
    """Leave what a job leaves that has ended so."""
    records = folder.parent / ".jobs" / folder.name
    records.mkdir(parents=True, exist_ok=True)
    write_json(records / "job.json", {"arguments": ASKED, "pid": 2**30, "born": "never"})
    save_outcome(records, outcome)


def test_nothing_was_begun(tmp_path: Path) -> None:
    assert measuring.measuring_of(tmp_path) is None
    (tmp_path / "evidence").mkdir()
    assert measuring.measuring_of(tmp_path) is None


def test_it_is_done_when_all_is_measured(tmp_path: Path, made_up: list[Cell]) -> None:
    with open_record(tmp_path, SETTINGS) as (folder, writer):
        for cell in made_up[:-1]:
            writer.cell(cell)
    ended(folder, Outcome("stopped", 130))
    assert not measuring.complete(reading_of(folder), ASKED)
    work = measuring.measuring_of(tmp_path)
    assert work is not None
    assert work.state == "stopped"
    with open_record(tmp_path, SETTINGS) as (folder, writer):
        writer.cell(made_up[-1])
        running = measuring.measuring_of(tmp_path)  # by whoever holds the lock
        assert running is not None
        assert (running.state, running.folder) == ("running", folder)
        with pytest.raises(DLCError, match="being measured already"):
            measuring.start(tmp_path, folder, ASKED)
    work = measuring.measuring_of(tmp_path)
    assert work is not None
    assert work.state == "done"
    measuring.forget(folder)
    assert measuring.measuring_of(tmp_path) is None


def test_why_it_failed_is_said(tmp_path: Path) -> None:
    with open_record(tmp_path, SETTINGS) as (folder, writer):
        writer.cell(next(cells()))
    said = "cannot write top 50 %, clean/x … : No space left."
    ended(folder, Outcome("failed", 2, message=said))
    work = measuring.measuring_of(tmp_path)
    assert work is not None
    assert (work.state, work.message) == ("failed", said)


def test_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    run = tmp_path / "run"
    run.mkdir()
    (run / "evidence").symlink_to(tmp_path / "elsewhere")
    started: list[object] = []
    monkeypatch.setattr(jobs, "start", lambda *a, **k: started.append((a, k)))
    with pytest.raises(DLCError, match="is a link"):
        measuring.start(run, run / "evidence" / "one", ASKED)
    assert measuring.measuring_of(run) is None
    assert started == []


def test_what_was_left_out_is_not_missed(tmp_path: Path) -> None:
    asked = [*ASKED[:-4], "--keep", "0.1,0.3,0.9", *ASKED[-2:]]
    with open_record(tmp_path, SETTINGS) as (folder, writer):
        for cell in cells():
            writer.cell(cell)
    assert not measuring.complete(reading_of(folder), asked)
    with open_record(tmp_path, SETTINGS) as (folder, writer):
        writer.room(Room(100, 70, 52))
        writer.room(Room(100, 70, 52))
    assert (folder / "cells.jsonl").read_text().count("room") == 1
    assert measuring.complete(reading_of(folder), asked)
