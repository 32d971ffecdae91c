"""Names of arms: every strategy, split and score is read back as what it was."""

from __future__ import annotations

import pytest

from dlc_core.errors import DLCError
from dlc_core.evidence import Trial, parse_arm
from dlc_core.evidence.arms import Arm, arm_of, recipe_values_of
from dlc_core.recipes.recipe import Recipe
from dlc_core.scores import OWN, PROBE
from dlc_core.selection.strategies.registry import STRATEGIES

ALL = [
    *(
        arm_of(name, {one.name: value}, score)
        for name, strategy in STRATEGIES.items()
        for one in strategy.parameters
        for value in (one.low, one.high, *([None] if one.tried else []))
        for score in (OWN, PROBE)
        if not (strategy.features and score != OWN)
    ),
    *(Arm(name) for name, strategy in STRATEGIES.items() if not strategy.parameters),
    arm_of("zcore", {"draws": 5, "neighbours": 1234}),
    arm_of("flexrand", {"gamma": 0.25}),
    arm_of("dbp", {"temperature": 0.123456789}),
    Arm("auto"),
]


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
    half = (("gamma", 0.5),)
    assert parse_arm("flexrand") == Arm("flexrand", half)
    assert parse_arm("flexrand@mine", scores=("mine",)) == Arm("flexrand", half, "mine")
    assert parse_arm("flexrand:gamma=0.5").name == "flexrand:0.5"


def test_settings_are_named_and_those_at_their_defaults_left_out() -> None:
    assert parse_arm("ccs:0.2").name == "ccs:cut=0.2"
    assert parse_arm("ccs:cut=0.1+bins=50") == parse_arm("ccs") == Arm("ccs")
    assert parse_arm("ccs:bins=5e+1") == parse_arm("ccs")
    several = parse_arm("ccs:bins=20+cut=0.3@probe")
    assert several.name == "ccs:cut=0.3+bins=20@probe"
    assert recipe_values_of(several) == {
        "strategy": "ccs", "score": "probe", "parameters": {"cut": 0.3, "bins": 20},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ccs:0.2+cut=0.3", "cut was given twice"),
        ("ccs:beta=3", "ccs has no parameter 'beta'; expected one of cut, bins"),
        ("ccs:bins=2.5", r"bins must be a whole number in \[1, 500\], got 2.5"),
        ("ccs:auto", "cut must be a number, got 'auto'"),
        ("flexrand:=3", "a parameter must be NAME=VALUE"),
    ],
)
def test_what_no_setting_is(text: str, words: str) -> None:
    with pytest.raises(DLCError, match=words):
        parse_arm(text)


def test_a_trial_asks_once_and_never_for_random_as_another() -> None:
    trial = Trial.of(("random", "flexrand", "flexrand:0.5", "auto", "auto"), (0.5, 1.0, 0.5), 2)
    assert [arm.name for arm in trial.arms] == ["flexrand:0.5", "auto"]
    assert trial.keep_ratios == (0.5,)
    names = [name for name, _, _ in trial.order()]
    assert names.count("random") == 2
