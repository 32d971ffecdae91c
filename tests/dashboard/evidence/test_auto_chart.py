from __future__ import annotations

from dashboard.evidence.auto_chart import MOST, auto_chart
from dlc_core.evidence import Choice, parse_arm
from dlc_core.evidence.choose_arm import Tried


def tried(**gaps: tuple[float, float]) -> tuple[Tried, ...]:
    return tuple(Tried(parse_arm(name), *values, 6) for name, values in gaps.items())


def choice(chosen: str, gaps: dict[str, tuple[float, float]]) -> Choice:
    return Choice(parse_arm(chosen), tried(**gaps), 40, 2.0)


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
