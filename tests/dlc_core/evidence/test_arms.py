"""Names of arms: every strategy, split and score is read back as what it was."""

from __future__ import annotations

import itertools

import pytest

from dlc_core.evidence import Trial, parse_arm
from dlc_core.evidence.arms import Arm, recipe_values_of
from dlc_core.scores import OWN, PROBE
from dlc_core.selection.recipe import Recipe
from dlc_core.selection.strategies.registry import STRATEGIES

ALL = [
    Arm(name, gamma, score)
    for name, strategy in STRATEGIES.items()
    for gamma, score in itertools.product((0.0, 0.25, 1.0, None), (OWN, PROBE))
    if (strategy.split or gamma is None) and not (strategy.features and score != OWN)
] + [Arm("auto")]


@pytest.mark.parametrize("arm", ALL, ids=lambda arm: arm.name)
def test_every_name_is_read_back(arm: Arm) -> None:
    assert parse_arm(arm.name) == arm
    assert parse_arm(f" {arm.name} ") == arm
    for one in arm.choices:
        assert parse_arm(one.name) == one
        assert not one.choices
        assert Recipe.of({"keep_ratio": 0.3, **recipe_values_of(one)}).strategy == one.strategy


def test_names_are_unique_and_a_bare_split_is_half() -> None:
    assert len({arm.name for arm in ALL}) == len(ALL)
    assert parse_arm("flexrand") == Arm("flexrand", 0.5)
    assert parse_arm("flexrand@mine", scores=("mine",)) == Arm("flexrand", 0.5, "mine")


def test_a_trial_asks_once_and_never_for_random_as_another() -> None:
    trial = Trial.of(("random", "flexrand", "flexrand:0.5", "auto", "auto"), (0.5, 1.0, 0.5), 2)
    assert [arm.name for arm in trial.arms] == ["flexrand:0.5", "auto"]
    assert trial.keep_ratios == (0.5,)
    names = [name for name, _, _ in trial.order()]
    assert names.count("random") == 2
