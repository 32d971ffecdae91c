"""A recipe's values: what stands in it, what is written, what is read from earlier versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

import dlc_core.selection
from dlc_core.errors import DLCError
from dlc_core.recipes import Recipe, prune_arguments, select
from dlc_core.selection.strategies.registry import STRATEGIES


def test_gamma_is_short_for_a_parameter() -> None:
    recipe = Recipe(gamma=0.2)
    assert recipe == Recipe(parameters={"gamma": 0.2}) == Recipe("flexrand", 0.3, 0.2)
    assert recipe.gamma == recipe.parameters["gamma"] == 0.2
    assert replace(recipe, gamma=0.7).gamma == 0.7  # type: ignore[call-arg]
    assert replace(recipe, parameters={"gamma": 0.6}).gamma == 0.6
    assert replace(recipe, keep_ratio=0.5).gamma == 0.2
    assert Recipe("hardest", gamma=7).gamma == 0.5  # it has none, as ever


def test_old_recipes_are_read_and_new_ones_are_as_short() -> None:
    old = {"strategy": "flexrand", "keep_ratio": 0.3, "gamma": 0.4, "seed": 5}
    assert Recipe.of(old).as_dict() == old
    assert list(Recipe.of(old).as_dict()) == list(old)
    plain = {"strategy": "zcore", "keep_ratio": 0.1, "seed": 2}
    assert Recipe.of(plain).as_dict() == plain
    several = Recipe("dbp", parameters={"clusters": 7, "temperature": 0.5, "neighbours": 20})
    assert several.as_dict()["parameters"] == {"clusters": 7, "temperature": 0.5}
    assert Recipe.of(several.as_dict()) == several
    assert prune_arguments(several)[-4:] == ["--set", "clusters=7", "--set", "temperature=0.5"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"gamma": 7}, r"gamma must be in \[0, 1\], got 7"),
        ({"parameters": {"cut": 0.1}}, "flexrand has no parameter 'cut'"),
        ({"strategy": "ccs", "parameters": {"cut": "x"}}, "cut must be a number"),
        ({"parameters": 5}, "a value of the wrong type"),
        ({"parameters": [1]}, "a value of the wrong type"),
        ({"strategy": ["x"]}, "a value of the wrong type"),
        ({"beta": 1}, "a recipe knows no 'beta'"),
    ],
)
def test_what_is_no_recipe_is_one_sentence(values: dict[str, object], words: str) -> None:
    with pytest.raises(DLCError, match=words):
        Recipe.of(values)


def test_every_strategy_survives_its_record() -> None:
    for name, item in STRATEGIES.items():
        for one in item.parameters:
            for value in (one.low, one.high):
                recipe = Recipe(name, parameters={one.name: value})
                assert Recipe.of(recipe.as_dict()) == recipe


def test_the_old_places_stay_for_a_release() -> None:
    assert dlc_core.selection.Recipe is Recipe
    assert dlc_core.selection.select is select
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = dlc_core.selection.other
