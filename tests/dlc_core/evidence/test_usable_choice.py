from __future__ import annotations

from dlc_core.evidence import Choice, parse_arm
from dlc_core.evidence.choose_arm import Tried
from dlc_core.evidence.usable_choice import next_best, score_of, tried_of, usable
from dlc_core.recipes import Recipe


def tried(**gaps: tuple[float, float]) -> tuple[Tried, ...]:
    return tuple(Tried(parse_arm(name), *values, 6) for name, values in gaps.items())


def choice(chosen: str, gaps: dict[str, tuple[float, float]]) -> Choice:
    return Choice(parse_arm(chosen), tried(**gaps), 40, 2.0)


def test_what_a_recipe_cannot_name_is_replaced_by_the_next_best() -> None:
    found = choice(
        "trimmed:0.3@probe",
        {"trimmed:0.3@probe": (0.07, 0.01), "herding": (0.05, 0.01), "flexrand:0.2": (0.06, 0.03)},
    )
    assert not usable(found.arm, ["score"])
    assert usable(found.arm, ["score", "probe"])
    best = next_best(found, ["score"])
    assert best is not None
    assert best.arm == parse_arm("herding")  # surer, if smaller
    assert next_best(choice("random", {"herding": (0.01, 0.02)}), ["score"]) is None


def test_arms_become_recipes() -> None:
    for name, score in (
        ("flexrand:0.2", "score"), ("trimmed:0.3@probe", "probe"), ("herding", "score")
    ):  # fmt: skip
        arm = parse_arm(name)
        assert score_of(arm) == score
        assert Recipe(arm.strategy, parameters=arm.parameters, score=score_of(arm))


def test_random_has_no_row_of_its_own() -> None:
    assert tried_of(choice("random", {"herding": (0.01, 0.02)})) is None
    one = tried_of(choice("herding", {"herding": (0.05, 0.02)}))
    assert one is not None
    assert one.gap == 0.05
