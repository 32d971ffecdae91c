from __future__ import annotations

from dashboard.evidence import auto
from dashboard.evidence.auto_chart import MOST, auto_chart
from dlc_core.evidence import Choice, parse_arm
from dlc_core.evidence.choose_arm import Tried
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
    assert not auto.usable(found.arm, ["score"])
    assert auto.usable(found.arm, ["score", "probe"])
    best = auto.next_best(found, ["score"])
    assert best is not None
    assert best.arm == parse_arm("herding")  # surer, if smaller
    assert auto.next_best(choice("random", {"herding": (0.01, 0.02)}), ["score"]) is None


def test_arms_become_recipes() -> None:
    for name, score in (
        ("flexrand:0.2", "score"), ("trimmed:0.3@probe", "probe"), ("herding", "score")
    ):  # fmt: skip
        arm = parse_arm(name)
        assert auto.score_of(arm) == score
        assert Recipe(arm.strategy, parameters=arm.parameters, score=auto.score_of(arm))


def test_random_has_no_row_of_its_own() -> None:
    assert auto.tried_of(choice("random", {"herding": (0.01, 0.02)})) is None
    one = auto.tried_of(choice("herding", {"herding": (0.05, 0.02)}))
    assert one is not None
    assert one.gap == 0.05


def test_splits_are_drawn_over_the_split_with_the_chosen_one_marked() -> None:
    found = choice("flexrand:0.2", {f"flexrand:{g}": (g / 10, 0.01) for g in (0.1, 0.2, 0.8)})
    (trace,) = auto_chart(found).data
    assert list(trace.x) == [10, 20, 80]
    assert list(trace.marker.symbol) == ["circle", "star", "circle"]
    assert list(trace.error_y.array) == [2, 2, 2]


def test_of_many_strategies_the_best_are_drawn() -> None:
    gaps = {f"flexrand:{n / 40:g}": (n / 1000, 0.02) for n in range(1, 20)}
    found = choice("flexrand:0.025", gaps | {"herding": (-0.3, 0.01)})
    (trace,) = auto_chart(found).data
    assert len(trace.y) == MOST + 1  # the chosen one, though it is not among them
    assert trace.y[-1] == "FlexRand, split 47.5 %, leans easy"
    assert list(trace.marker.symbol).count("star") == 1
    assert "Herding" not in trace.y
