"""A share kept is the same number of samples in evidence as in prune, in every split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.evidence import Room, Trial, choose, material_of, measured, parse_arm, room_of
from dlc_core.evidence.choose_arm import ROUNDS, SHARE
from dlc_core.evidence.learner import probe_learner
from dlc_core.evidence.material import Material, Part
from dlc_core.recipes import Recipe, run_candidates, subset_of
from dlc_core.runs import Run
from dlc_core.selection.strategies.registry import STRATEGIES
from tests.dlc_core.evidence.conftest import MakeMaterial


class Counter:
    """A learner that notes of how many it learned, and of how many there were."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, int]] = []

    def __call__(self, part: Part, kept: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
        self.kept.append((len(kept), len(part.train)))
        return probe_learner(part, kept, seed=seed)


def test_evidence_and_prune_mean_the_same_five_percent(digits_run: Run) -> None:
    recipe = Recipe("flexrand", gamma=0.2, keep_ratio=0.05)
    pruned = len(subset_of(digits_run, run_candidates(digits_run), recipe))
    assert pruned == 90  # of 1,797
    material, learner = material_of(digits_run), Counter()
    trial = Trial.of(("flexrand:0.2",), (0.05,), 2, full=False)
    assert {cell.kept for cell in measured(material, trial, learner=learner)} == {pruned}
    arms = parse_arm("trimmed:auto").choices
    choose(material.part(0), arms, keep_ratio=0.05, seed=0, learner=learner)
    choose(material.everything(), arms, keep_ratio=0.05, seed=0, learner=learner)
    assert {kept for kept, _ in learner.kept} == {pruned}
    assert {of for _, of in learner.kept} == {1258, 942, 1346}  # outer, inner, inner of all


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("ratio", [0.002, 0.37])
def test_every_strategy_keeps_that_many_in_every_split(
    make_material: MakeMaterial, name: str, ratio: float
) -> None:
    material = make_material(203, classes=3)
    wanted = int(np.floor(ratio * 203 + 0.5))
    outer = material.part(0)
    for part in (outer, outer.inner(5, share=SHARE), material.everything()):
        kept = parse_arm(name).positions(part, keep_ratio=ratio, seed=1)
        assert len(kept) == wanted
    assert len(parse_arm(name).positions(outer, keep_ratio=1.0, seed=1)) == len(outer.train)


def test_excluded_samples_are_none_of_the_whole(make_material: MakeMaterial) -> None:
    material = make_material(200)
    excluded = np.arange(200) < 100
    part = replace(material, excluded=excluded).part(0)
    assert len(parse_arm("random").positions(part, keep_ratio=0.2, seed=0)) == 20
    with pytest.raises(DLCError, match=r"80 % kept means 80 samples, but this split leaves \d\d;"):
        parse_arm("random").positions(part, keep_ratio=0.8, seed=0)


def literally(material: Material, seeds: int) -> Room:
    """Return the room of the splits themselves."""
    outer, inner = [], []
    for seed in range(seeds):
        part = material.part(seed)
        outer.append(part.eligible)
        rounds = range(seed * ROUNDS, (seed + 1) * ROUNDS)
        inner += [part.inner(number, share=SHARE).eligible for number in rounds]
    return Room(int((~material.excluded).sum()), min(outer), min(inner))


@pytest.mark.parametrize("excluded", [0, 40])
@pytest.mark.parametrize("kind", ["plain", "groups", "held-out run"])
def test_the_room_is_that_of_the_smallest_split(
    make_material: MakeMaterial, kind: str, excluded: int
) -> None:
    groups = tuple(f"g{i // 7}" for i in range(230)) if kind == "groups" else None
    material = make_material(230, groups=groups, judged=9 if kind == "held-out run" else 0)
    material = replace(material, excluded=np.arange(230) < excluded)
    room = room_of(material, 3)
    assert room == literally(material, 3)
    assert Room.of(room.as_list()) == room
    assert (room.outer == room.whole) == (kind == "held-out run")


def test_what_a_split_does_not_hold_is_left_out_and_said(make_material: MakeMaterial) -> None:
    material = make_material(200)  # 140 are not held out, 104 where a choice holds out some again
    trial = Trial.of(("hardest", "flexrand:auto"), (0.1, 0.52, 0.6, 0.7, 0.8, 0.9), 2)
    room = room_of(material, 2)
    assert (room.whole, room.outer) == (200, 140)
    assert 0.52 * 200 <= room.inner < 0.6 * 200
    left = trial.within(room)
    keys = left.order()
    assert {ratio for _, ratio, _ in keys} == {0.1, 0.52, 0.6, 0.7, 1.0}
    assert {ratio for arm, ratio, _ in keys if arm == "flexrand:auto"} == {0.1, 0.52}
    assert left.left_out_words(room) == (
        "80 % and 90 % kept are left out: what is not held out is 140 of 200 samples, which is "
        f"less. flexrand:auto is left out at 60 % and 70 %: where it chooses, {room.inner} of 200 "
        "samples are left."
    )
    assert left.left_out_words(room).startswith("80 %")
    few = trial.within(Room(200, 200, 200))
    assert (few.order(), few.left_out_words(Room(200, 200, 200))) == (trial.order(), "")
    cells = list(measured(material, replace(left, seeds=1)))
    assert {cell.key for cell in cells} == {key for key in keys if key[2] == 0}
    with pytest.raises(DLCError, match=r"80 % kept are more samples than a split leaves, 140 of"):
        Trial.of((), (0.9, 0.8), 2).within(room)


def test_a_choice_stops_where_its_split_leaves_less(make_material: MakeMaterial) -> None:
    part = make_material(200).part(0)
    arms = parse_arm("flexrand:auto").choices
    choice = choose(part, arms, keep_ratio=0.6, seed=0)
    assert (choice.arm.name, choice.fits) == ("random", 0)
