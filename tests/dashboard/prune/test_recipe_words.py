from __future__ import annotations

from dashboard.prune.recipe_words import UNUSED, settings_beside
from dlc_core.recipes import Recipe


def words(one: Recipe, other: Recipe) -> dict[str, tuple[str, str]]:
    return {title: (first, second) for title, first, second in settings_beside(one, other)}


def test_equal_recipes_say_the_same() -> None:
    assert all(one == other for one, other in words(Recipe(), Recipe()).values())


def test_what_matters_to_either_is_told_in_the_words_of_the_page() -> None:
    found = words(Recipe(gamma=0.25, keep_ratio=0.3), Recipe("hardest", 0.125, scope="global"))
    assert found["Strategy"] == ("flexrand", "hardest")
    assert found["Pruning ratio"] == ("70 % (30 % kept)", "87.5 % (12.5 % kept)")
    assert found["Easy/hard split"] == ("25 %", UNUSED)
    assert found["Seed"] == ("0", UNUSED)
    assert found["Choose"] == ("Per class", "Over all")
    assert "Own numbers" not in found
    assert "Copies go first" not in found


def test_own_numbers_are_bounded_and_harmless() -> None:
    counts = {f"c{place}": place for place in range(1000)}
    own = Recipe(balance="own", class_counts=counts, without_copies=True, minimum=3)
    found = words(Recipe(), own)
    assert found["Own numbers"] == ("none", "c0 0, c1 1, c2 2, c3 3, 996 more")
    assert found["Copies go first"] == ("no", "yes")
    assert found["Class balance"] == ("As the data", "Own numbers")
    odd = words(Recipe(), Recipe(balance="own", class_counts={"a\u202eb": 1}))
    assert odd["Own numbers"][1] == "a\\u202eb 1"
