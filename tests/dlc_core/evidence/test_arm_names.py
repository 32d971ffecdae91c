from __future__ import annotations

import pytest

from dlc_core.evidence import parse_arm
from dlc_core.evidence.arm_names import arm_of, explained, in_plain_words, offered, title, usual
from dlc_core.recipes import Recipe
from dlc_core.selection import STRATEGIES


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("random", "Random"),
        ("full", "All that is not held out"),
        ("flexrand:0.2", "FlexRand, split 20 %, leans easy"),
        ("flexrand:0.5", "FlexRand, split 50 %"),
        ("flexrand:0.85", "FlexRand, split 85 %, leans hard"),
        ("flexrand:auto", "FlexRand, split chosen"),
        ("flexrand:0.2@probe", "FlexRand, split 20 %, leans easy, by probe"),
        ("trimmed:0.7", "Trimmed, easiest 70 %"),
        ("trimmed:auto@probe", "Trimmed, share chosen, by probe"),
        ("auto", "Auto: the best of several"),
        ("k-center", "k-center"),
        ("of another time", "of another time"),
    ],
)
def test_titles(name: str, words: str) -> None:
    assert title(name) == words


def test_every_strategy_has_a_title_of_its_own_and_is_offered() -> None:
    names = [*offered(Recipe()), "random"]
    assert len({title(name) for name in names}) == len(names)
    assert {parse_arm(name).strategy for name in names} == {*STRATEGIES, "auto"}
    assert all(explained(name) for name in names)
    assert set(usual(Recipe())) <= set(names)


def test_what_the_prune_page_has_comes_first() -> None:
    assert offered(Recipe(gamma=0.35))[0] == usual(Recipe(gamma=0.35))[0] == "flexrand:0.35"
    assert usual(Recipe("herding"))[0] == "herding"
    assert usual(Recipe(gamma=0.2)).count("flexrand:0.2") == 1
    assert "random" not in usual(Recipe("random"))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(scope="global"),
        Recipe(balance="uniform"),
        Recipe(minimum=3),
        Recipe(without_copies=True),
        Recipe(score="suspicion"),
    ],
)
def test_what_evidence_does_not_measure_is_no_arm(recipe: Recipe) -> None:
    assert arm_of(recipe) is None
    assert all(parse_arm(name) for name in usual(recipe))


def test_a_score_does_not_matter_to_what_looks_at_features() -> None:
    assert arm_of(Recipe("herding", score="suspicion")) == parse_arm("herding")
    assert arm_of(Recipe("random", score="suspicion")) == parse_arm("random")


def test_names_inside_a_sentence_are_put_in_plain_words() -> None:
    text = "At 10 % kept expect 70.8 % (full: 81.3 %) with trimmed:0.7@probe: +4.5 points."
    assert in_plain_words(text) == (
        "At 10 % kept expect 70.8 % (full: 81.3 %) with Trimmed, easiest 70 %, by probe: "
        "+4.5 points."
    )
