"""What is chosen for a whole run is remembered, as long as nothing it rests on has changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.evidence import Choice, choose_for, material_of, parse_arm
from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.choose_arm import Tried
from dlc_core.evidence.material_from_run import FORMAT
from dlc_core.evidence.stored_choice import as_dict, choice_file, read_choice, words
from dlc_core.runs import Run
from tests.dlc_core.evidence.test_material_from_run import Maker

ARM = parse_arm("trimmed:auto")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Maker(tmp_path)(["cat"] * 30 + ["dog"] * 30)


def test_a_choice_is_made_once_for_each_question(run: Run) -> None:
    asked: list[int] = []

    def choose(seed: int = 0, keep_ratio: float = 0.3, arm: str = "trimmed:auto") -> Choice:
        return choose_for(
            run, material_of(run), parse_arm(arm), keep_ratio=keep_ratio, seed=seed,
            told=lambda done, _total: asked.append(done),
        )  # fmt: skip

    def rounds() -> int:
        found, asked[:] = len(asked), []
        return found

    first = choose()
    assert first.fits > 0
    assert rounds() > 0
    assert choose() == first
    assert rounds() == 0
    choose(keep_ratio=0.4)
    assert rounds() > 0
    choose(arm="flexrand:auto")
    assert rounds() > 0
    choose(seed=1)
    assert rounds() > 0
    choose()  # one seed is remembered of each question
    assert rounds() > 0
    record(run.path, [5], by="a", relabel="dog")
    choose()
    assert rounds() > 0


@pytest.mark.parametrize(
    "damage", ['{"arm"', "[]", "{}", '{"tried": 3}', '{"tried": [{"arm": "magic"}]}']
)
def test_a_damaged_memory_is_made_anew(run: Run, damage: str) -> None:
    file = choice_file(run.path, ARM, 0.3)
    first = choose_for(run, material_of(run), ARM, keep_ratio=0.3)
    good = json.loads(file.read_text())
    try:  # what is asked is the same, what was found is broken
        broken = {**{k: v for k, v in good.items() if k == "settings"}, **json.loads(damage)}
        file.write_text(json.dumps(broken))
    except (ValueError, TypeError):
        file.write_text(damage)
    again = choose_for(run, material_of(run), ARM, keep_ratio=0.3)
    assert (again.arm, again.tried, again.fits) == (first.arm, first.tried, first.fits)
    assert json.loads(file.read_text())["tried"] == good["tried"]


def test_a_choice_is_current_only_under_the_settings_it_was_made_with(run: Run) -> None:
    choose_for(run, material_of(run), ARM, keep_ratio=0.3)
    file = choice_file(run.path, ARM, 0.3)
    settings = json.loads(file.read_text())["settings"]
    assert read_choice(file, settings) is not None
    part = {"digest": settings["digest"], "choosing": settings["choosing"]}
    assert read_choice(file, part) is not None
    assert read_choice(file, {**part, "choosing": {"rounds": 1}}) is None
    assert read_choice(file, {**part, "unheard of": 1}) is None
    assert read_choice(file.with_name("none.json"), part) is None


def test_where_an_inner_split_leaves_too_few_random_stands_and_it_is_said(run: Run) -> None:
    choice = choose_for(run, material_of(run), ARM, keep_ratio=0.73)
    assert choice.fits > 0  # 44 of 60: each class of 30 keeps 22 where a quarter is held out
    choice = choose_for(run, material_of(run), ARM, keep_ratio=0.75)
    assert (choice.arm, choice.fits) == (RANDOM, 0)
    assert "nothing could be tried" in words(choice, 0.75)


def test_a_choice_of_an_older_version_is_made_again(run: Run) -> None:
    """In format 1 a share was one of what an inner split left."""
    choose_for(run, material_of(run), ARM, keep_ratio=0.3)
    file = choice_file(run.path, ARM, 0.3)
    value = json.loads(file.read_text())
    assert value["settings"]["format"] == FORMAT
    value["settings"]["format"], value["seconds"] = 1, -1.0
    file.write_text(json.dumps(value))
    assert choose_for(run, material_of(run), ARM, keep_ratio=0.3).seconds > 0


def test_a_file_where_the_folder_should_be_is_said(run: Run) -> None:
    (run.path / "evidence").write_text("no folder")
    with pytest.raises(DLCError, match="cannot write"):
        choose_for(run, material_of(run), ARM, keep_ratio=0.3)


def test_it_looks_at_labels_as_people_decided_them(run: Run) -> None:
    record(run.path, [5, 8, 11], by="a", verdict="exclude")
    part = material_of(run).everything()
    assert part.train.tolist() == list(range(60))
    assert not len(part.held)
    kept = parse_arm("trimmed:0.9").positions(part, keep_ratio=0.9, seed=0)
    assert not set(kept) & {0, 1, 2}
    with pytest.raises(DLCError, match="hardest leaves nothing to choose"):
        choose_for(run, material_of(run), parse_arm("hardest"), keep_ratio=0.3)


def test_words_say_how_sure_it_is_and_what_it_cost() -> None:
    tried = (
        Tried(parse_arm("flexrand:0.2"), 0.021, 0.004, 6),
        Tried(parse_arm("herding"), 0, 1, 2),
    )
    best = Choice(tried[0].arm, tried, 14, 1.25)
    assert words(best, 0.1) == (
        "At 10 % kept flexrand:0.2 did best: +2.1 points on random, standard error 0.4, on "
        "held-out parts (14 trainings of the probe, 1.2 s)."
    )
    assert words(Choice(RANDOM, tried, 14, 1.25), 0.1).startswith(
        "At 10 % kept no choice that was tried is clearly better than random (14 trainings"
    )
    assert json.loads(json.dumps(as_dict(best)))["tried"][1] == {
        "arm": "herding", "gap": 0, "error": 1, "rounds": 2,
    }  # fmt: skip
    assert np.isclose(tried[0].cautious, 0.013)
