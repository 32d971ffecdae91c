"""The folder of evidence: a stop at any cell, damaged lines, which one is the latest."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from dlc_core.errors import DLCError
from dlc_core.evidence import Record, Trial, findings, measured, open_record, read_record, records
from dlc_core.evidence.finding import Finding
from dlc_core.evidence.material import Material
from dlc_core.evidence.trial import Key
from tests.dlc_core.evidence.conftest import MakeMaterial

SETTINGS = {"digest": "x"}
TRIAL = Trial.of(("flexrand:0.2", "trimmed:0.5@probe"), (0.1, 0.3), 2)


def measure_into(run: Path, material: Material, stop_at: int | None) -> list[Key]:
    """Measure what is missing; stop as Ctrl-C does, while a cell is begun."""

    def told(done: int, _total: int, _detail: str) -> None:
        if done == stop_at:
            raise KeyboardInterrupt

    made = []
    with open_record(run, SETTINGS) as (_, writer):
        for seed in range(TRIAL.seeds):
            writer.split(seed, material.held_places(seed), material.judged)
        done = frozenset(writer.record.cells)
        for cell in measured(material, TRIAL, done=done, told=told):
            writer.cell(cell)
            made.append(cell.key)
    return made


def test_a_folder_that_is_no_folder_or_a_link_is_said(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a plain file")
    with pytest.raises(DLCError, match="cannot write"), open_record(tmp_path, SETTINGS):
        pass
    (tmp_path / "evidence").unlink()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "evidence").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DLCError, match="is a link"), open_record(tmp_path, SETTINGS):
        pass
    assert not list((tmp_path / "elsewhere").iterdir())


def bare(found: list[Finding]) -> list[dict[str, Any]]:
    left_out = ("seconds", "choice_seconds")
    return [{k: v for k, v in one.as_dict().items() if k not in left_out} for one in found]


def test_a_stop_loses_nothing_and_nothing_is_measured_twice(
    make_material: MakeMaterial, tmp_path: Path
) -> None:
    material, (once, often) = make_material(160), (tmp_path / "once", tmp_path / "often")
    once.mkdir()
    often.mkdir()
    assert measure_into(once, material, None) == TRIAL.order()
    for stop_at in (0, 1, 5, 6):
        with pytest.raises(KeyboardInterrupt):
            measure_into(often, material, stop_at)
        (folder,) = records(often)
        record = read_record(folder)
        assert record is not None
        assert list(record.cells) == TRIAL.order()[:stop_at]
    assert measure_into(often, material, None) == TRIAL.order()[6:]
    assert measure_into(often, material, None) == []
    first, second = (read_record(records(run)[0]) for run in (once, often))
    assert first is not None
    assert second is not None
    assert bare(findings(first)) == bare(findings(second))


def test_findings_of_half_a_trial_pair_what_is_there(
    make_material: MakeMaterial, tmp_path: Path
) -> None:
    material = make_material(160)
    with pytest.raises(KeyboardInterrupt):
        measure_into(tmp_path, material, 1)  # random alone, no full data
    record = read_record(records(tmp_path)[0])
    assert record is not None
    (one,) = findings(record)
    assert (one.arm, one.to_random, one.to_full) == ("random", None, None)
    measure_into(tmp_path, material, None)
    whole = read_record(records(tmp_path)[0])
    assert whole is not None
    del whole.cells["random", 0.1, 1]
    gaps = {(one.arm, one.keep_ratio): one.to_random for one in findings(whole)}
    assert gaps["flexrand:0.2", 0.1].draws == 1  # type: ignore[union-attr]
    assert gaps["flexrand:0.2", 0.3].draws == 2  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "line",
    [
        b'{"arm": "random", "keep_ra', b"[1, 2]", b"7", b"null", b"{}", b'{"places": "!", "seed"',
        b'{"places": "AA", "judged": 9, "seed": 0}', b"\xff\xfe\x00", b"",
    ],
)  # fmt: skip
def test_a_damaged_line_is_passed_over(
    make_material: MakeMaterial, tmp_path: Path, line: bytes
) -> None:
    material = make_material(80)
    measure_into(tmp_path, material, None)
    file = records(tmp_path)[0] / "cells.jsonl"
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([*lines[:-1], line, lines[-1]]))
    record = read_record(file.parent)
    assert record is not None
    assert list(record.cells) == TRIAL.order()
    assert measure_into(tmp_path, material, None) == []


def test_what_is_held_out_is_noted_once(make_material: MakeMaterial, tmp_path: Path) -> None:
    material = make_material(101)
    for _ in range(2):
        measure_into(tmp_path, material, None)
    lines = (records(tmp_path)[0] / "cells.jsonl").read_text().split("\n")
    assert sum("places" in json.loads(line) for line in lines if line) == TRIAL.seeds
    record = read_record(records(tmp_path)[0])
    assert isinstance(record, Record)
    assert record.judged == 101
    for seed in range(TRIAL.seeds):
        assert record.held[seed].tolist() == material.held_places(seed).tolist()


def test_the_last_one_written_comes_first(tmp_path: Path) -> None:
    folders = []
    for number, name in enumerate("abc"):
        with open_record(tmp_path, {"digest": name}) as (folder, _):
            folders.append(folder)
        os.utime(folder / "cells.jsonl", (number, number))
    assert records(tmp_path) == folders[::-1]
    assert all(a != b for a, b in itertools.combinations(folders, 2))
    assert records(tmp_path / "none") == []
