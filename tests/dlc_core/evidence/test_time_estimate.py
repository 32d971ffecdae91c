from __future__ import annotations

from pathlib import Path

import pytest

from dlc_core.evidence import Room, Trial, open_record
from dlc_core.evidence.live_record import reading_of
from dlc_core.evidence.time_estimate import seconds
from dlc_core.evidence.trial import FULL
from tests.made_up_cells import SETTINGS, cells

ROOM = Room(1000, 700, 500)


def test_what_is_measured_costs_nothing_and_its_times_stand_for_the_rest(tmp_path: Path) -> None:
    trial = Trial.of(("trimmed:0.7", "hardest", "flexrand:0.2"), (0.1, 0.3), 6)
    guessed = seconds(trial, None, room=ROOM, classes=10)
    with open_record(tmp_path, SETTINGS) as (folder, writer):
        for cell in cells(seeds=4):  # a hundredth of a second each
            writer.cell(cell)
    rest = seconds(trial, reading_of(folder), room=ROOM, classes=10)
    left = [key for key in trial.order() if key[2] >= 4]
    assert rest == pytest.approx(0.01 * len(left))
    assert rest < guessed
    assert any(name == FULL for name, _, _ in left)


def test_more_samples_classes_and_choices_take_longer() -> None:
    def took(arm: str, *, classes: int = 10, whole: int = 1000) -> float:
        room = Room(whole, 7 * whole // 10, whole // 2)
        return seconds(Trial.of((arm,), (0.1,), 2), None, room=room, classes=classes)

    plain = took("hardest")
    assert plain < took("hardest", classes=100) < took("flexrand:auto", classes=100)
    assert plain < took("hardest", whole=100_000)
    assert took("flexrand:auto") < took("auto")
