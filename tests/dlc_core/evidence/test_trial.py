"""Trials: the order of the cells, what is kept of them, going on after a stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlc_core.errors import DLCError
from dlc_core.evidence import (
    Record,
    Trial,
    findings,
    folder_of,
    measured,
    open_record,
    parse_arm,
    read_record,
)
from dlc_core.evidence.arms import recipe_values_of
from dlc_core.evidence.finding import Finding
from dlc_core.evidence.interval import Gap
from dlc_core.evidence.measurement import Cell
from dlc_core.evidence.words import Advice, advice, cheapest, cheapest_words, describe, many
from tests.dlc_core.evidence.conftest import MakeMaterial

SETTINGS = {"digest": "x"}


def test_the_first_cells_answer_soonest() -> None:
    trial = Trial.of(("hardest",), (0.5, 0.1, 0.3), 4)
    order = trial.order()
    assert order[:6] == [
        ("random", 0.1, 0), ("hardest", 0.1, 0), ("full", 1.0, 0),
        ("random", 0.1, 1), ("hardest", 0.1, 1), ("full", 1.0, 1),
    ]  # fmt: skip
    assert len(set(order)) == len(order) == 4 * (3 * 2 + 1)
    bare = Trial.of(("hardest",), (0.5, 0.1, 0.3), 4, full=False).order()
    assert bare == [key for key in order if key[0] != "full"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"keep_ratios": (0.0,)}, r"keep_ratio must be in \(0, 1\], got 0"),
        ({"keep_ratios": (1.0,)}, "expected one below 1 to compare"),
        ({"keep_ratios": ()}, "no keep_ratio was given"),
        ({"seeds": 1}, "seeds must be at least 2"),
        ({"arms": ("nonsense",)}, "unknown strategy 'nonsense'"),
    ],
)
def test_trials_that_mean_nothing(values: dict[str, object], words: str) -> None:
    with pytest.raises(DLCError, match=words):
        Trial.of(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["random", "flexrand:0.2", "flexrand:auto", "trimmed:0.5@probe", "auto", "herding"]
)
def test_an_arm_is_read_back(name: str) -> None:
    assert parse_arm(name).name == name
    for arm in parse_arm(name).choices:
        assert parse_arm(arm.name) == arm


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("auto:0.3", "auto chooses split and score itself"),
        ("hardest:0.3", "hardest has no parameters"),
        ("flexrand:x", "gamma must be a number or auto, got 'x'"),
        ("flexrand:2", r"gamma must be in \[0, 1\], got 2"),
        ("flexrand@mine", "unknown score 'mine'; expected one of score, probe"),
        ("herding@probe", "herding looks at features"),
    ],
)
def test_arms_that_are_none(text: str, words: str) -> None:
    with pytest.raises(DLCError, match=words):
        parse_arm(text)


def test_an_arm_is_a_recipe() -> None:
    assert recipe_values_of(parse_arm("trimmed:0.5@probe")) == {
        "strategy": "trimmed", "gamma": 0.5, "score": "probe",
    }  # fmt: skip
    assert recipe_values_of(parse_arm("herding")) == {"strategy": "herding"}


def test_a_stopped_trial_goes_on_and_finds_the_same(
    make_material: MakeMaterial, tmp_path: Path
) -> None:
    material, trial = make_material(200), Trial.of(("flexrand:0.2", "flexrand:auto"), (0.1, 0.3), 3)
    whole = Record({}, material.judged)
    whole.held = {seed: material.held_places(seed) for seed in range(3)}
    whole.cells = {cell.key: cell for cell in measured(material, trial)}
    for stop_after in (4, 9, 100):
        with open_record(tmp_path, SETTINGS) as (folder, writer):
            for seed in range(3):
                writer.split(seed, material.held_places(seed), material.judged)
            known = len(writer.record.cells)
            for number, cell in enumerate(
                measured(material, trial, done=frozenset(writer.record.cells))
            ):
                if number == stop_after - known:
                    break
                writer.cell(cell)
        with (folder / "cells.jsonl").open("a") as file:
            file.write('{"arm": "random", "keep_ra')  # a writer that was killed
    record = read_record(folder)
    assert record is not None
    assert list(record.cells) == trial.order()
    strip = ("seconds", "choice_seconds")
    for one, other in zip(findings(record), findings(whole), strict=True):
        assert {k: v for k, v in one.as_dict().items() if k not in strip} == {
            k: v for k, v in other.as_dict().items() if k not in strip
        }


def test_one_writer_and_one_folder_for_each_measurement(tmp_path: Path) -> None:
    with open_record(tmp_path, SETTINGS) as (folder, _):
        assert folder == folder_of(tmp_path, SETTINGS) != folder_of(tmp_path, {"digest": "y"})
        with pytest.raises(DLCError, match="is being written by process"), \
                open_record(tmp_path, SETTINGS):  # fmt: skip
            pass
    assert read_record(tmp_path / "nothing") is None


def test_a_cell_is_read_back() -> None:
    right = np.array([True, False, True, True, False, False, True, False, True])
    cell = Cell("auto", 0.1, 3, 12, 0.5, 0.4, 0.3, right, 0.1, "herding", 2.0,
                (("herding", 0.1, 0.02, 6),))  # fmt: skip
    again = Cell.of(cell.as_dict())
    assert again.as_dict() == cell.as_dict()
    assert again.right.tolist() == right.tolist()


def said(arm: str, ratio: float, accuracy: float, low: float, high: float) -> Finding:
    plain = arm in ("random", "full")
    gap = None if plain else Gap((low + high) / 2, low, high, 5, 100)
    full = (
        None if arm == "full" else Gap(accuracy - 0.66, accuracy - 0.665, accuracy - 0.655, 5, 100)
    )
    return Finding(arm, ratio, 10, accuracy, 0.5, 0.1, gap, full, (), 0.1, 0.0)


def test_what_to_do_in_one_sentence() -> None:
    full, random = said("full", 1.0, 0.66, 0, 0), said("random", 0.3, 0.631, 0, 0)
    noise = said("flexrand:0.2", 0.3, 0.635, -0.01, 0.02)
    better, worse = said("herding", 0.3, 0.65, 0.01, 0.03), said("hardest", 0.3, 0.5, -0.2, -0.1)
    assert str(advice([full, random, noise, worse], 0.3)) == (
        "At 30 % kept expect 63.1 % (full: 66.0 %) with random; all that was tried does as well "
        "within noise, or worse: choose at random, or for diversity, not for hardness."
    )
    assert str(advice([full, random, worse], 0.3)).endswith("is worse: choose at random.")
    assert advice([full, random, noise, better], 0.3, named=str.upper) == Advice(
        "At 30 % kept expect 65.0 % (full: 66.0 %) with HERDING",
        "+2.0 points on random, [+1.0, +3.0]. Choose by it.",
    )
    assert advice([full], 0.3) is None
    assert "nothing else was measured" in str(advice([random], 0.3))
    assert many([random, better]) == ""
    assert many([random, better, worse]).startswith("2 comparisons")
    assert "+2.0 [+1.0, +3.0]" in describe(better)
    assert "better" in describe(better)


def test_the_smallest_subset_that_is_surely_near_the_full_data() -> None:
    full = said("full", 1.0, 0.66, 0, 0)
    far, near = said("random", 0.1, 0.60, 0, 0), said("random", 0.5, 0.656, 0, 0)
    assert "keeps 50 % (random, 65.6 %)" in cheapest_words([full, far, near])
    assert cheapest_words([full, far]).startswith("No measured subset is surely within 1 point of")
    assert cheapest_words([far]).startswith("The full data was not measured")
    assert "surely within 2 points of" in cheapest_words([full, far], points=2.0)


def test_near_a_full_data_that_knows_nothing_says_nothing() -> None:
    full, near = said("full", 1.0, 0.004, 0, 0), said("random", 0.05, 0.656, 0, 0)
    assert cheapest([full, near]) is None
    assert cheapest_words([full, near]) == (
        "The full data itself reaches 0.4 % only, so being within 1 point of it says nothing: the "
        "features do not tell these classes apart."
    )
    full = said("full", 1.0, 0.101, 0, 0)
    assert "keeps 5 %" in cheapest_words([full, near])
