from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from dlc_core.evidence import findings, open_record, read_record
from dlc_core.evidence.live_record import Reading, reading_of
from dlc_core.evidence.measurement import Cell
from tests.made_up_cells import SAMPLES, SETTINGS


def agrees(reading: Reading | None, folder: Path) -> bool:
    """Whether a reading says what reading all of the file anew would."""
    record = read_record(folder)
    assert record is not None
    assert reading is not None
    return (
        [one.as_dict() for one in reading.found] == [one.as_dict() for one in findings(record)]
        and reading.done == frozenset(record.cells)
        and sum(reading.seeds.values()) == len(record.cells)
    )


def test_nothing_is_read_of_nothing(tmp_path: Path) -> None:
    assert reading_of(tmp_path) is None
    with open_record(tmp_path, SETTINGS) as (folder, _):
        assert reading_of(folder) is None


def test_a_record_is_read_on_while_it_grows(tmp_path: Path, made_up: list[Cell]) -> None:
    with open_record(tmp_path, SETTINGS) as (folder, writer):
        for seed in range(6):
            writer.split(seed, np.arange(SAMPLES), SAMPLES)
        for number, cell in enumerate(made_up):
            writer.cell(cell)
            if number in (0, 1, 7, 20) or number == len(made_up) - 1:
                assert agrees(reading_of(folder), folder), number
    assert reading_of(folder) is reading_of(folder)  # nothing new: nothing is made anew


def test_half_a_line_waits_for_its_other_half(tmp_path: Path, made_up: list[Cell]) -> None:
    with open_record(tmp_path, SETTINGS) as (folder, writer):
        writer.split(0, np.arange(SAMPLES), SAMPLES)
        writer.cell(made_up[0])
    line = json.dumps(made_up[1].as_dict()) + "\n"
    file = folder / "cells.jsonl"
    with file.open("a", encoding="utf-8") as out:
        out.write(line[:40])
        out.flush()
        first = reading_of(folder)
        assert first is not None
        assert len(first.done) == 1
        out.write(line[40:])
    assert agrees(reading_of(folder), folder)
    file.rename(folder / "old")
    file.write_text("\n" + line)  # another file in its place is read from its start
    other = reading_of(folder)
    assert other is not None
    assert other.done == {made_up[1].key}
