from __future__ import annotations

import numpy as np
import pytest

from dashboard.evidence.curve_chart import METRICS, curve_chart
from dashboard.evidence.gap_chart import gap_chart
from dlc_core.evidence import Finding, Record, findings
from dlc_core.evidence.measurement import Cell
from tests.made_up_cells import SAMPLES, SETTINGS


@pytest.fixture
def found(made_up: list[Cell]) -> list[Finding]:
    held = {seed: np.arange(SAMPLES) for seed in range(6)}
    return findings(Record(SETTINGS, SAMPLES, held, {cell.key: cell for cell in made_up}))


def test_gaps_are_points_with_their_interval(found: list[Finding]) -> None:
    figure = gap_chart(found)
    assert figure is not None
    trace = next(t for t in figure.data if t.name == "Trimmed, easiest 70 %")
    mine = [one.to_random for one in found if one.arm == "trimmed:0.7"]
    assert trace.y == pytest.approx([100 * gap.mean for gap in mine if gap])
    up = [100 * (gap.high - gap.mean) for gap in mine if gap]
    assert trace.error_y.array == pytest.approx(up)
    assert [round(x) for x in trace.x] == [0, 1]
    assert list(figure.layout.xaxis.ticktext) == ["10 %", "30 %"]
    at_zero = list(figure.layout.yaxis.tickvals).index(0)
    assert figure.layout.yaxis.ticktext[at_zero] == "random"


def test_a_hollow_mark_is_within_noise(found: list[Finding]) -> None:
    figure = gap_chart(found)
    assert figure is not None
    marks = {trace.name: list(trace.marker.symbol) for trace in figure.data}
    assert all(shape.endswith("-open") for shape in marks["FlexRand, split 20 %, leans easy"])
    assert not any(shape.endswith("-open") for shape in marks["Trimmed, easiest 70 %"])
    assert len({shapes[0].removesuffix("-open") for shapes in marks.values()}) == len(marks)


def test_what_lies_far_below_is_named_and_squeezes_nothing(found: list[Finding]) -> None:
    figure = gap_chart(found)
    assert figure is not None
    assert figure.layout.yaxis.range[0] > -20  # the hardest are 50 points below
    below = [note.text for note in figure.layout.annotations if "▼" in (note.text or "")]
    means = [one.to_random.mean for one in found if one.arm == "hardest" and one.to_random]
    assert below == [f"{100 * mean:.0f}<br>▼" for mean in means]
    assert "Hardest first" in [trace.name for trace in figure.data if trace.showlegend]


def test_random_alone_has_no_gaps(found: list[Finding]) -> None:
    assert gap_chart([one for one in found if one.to_random is None]) is None
    assert gap_chart([]) is None


@pytest.mark.parametrize("metric", METRICS)
def test_curves(found: list[Finding], metric: str) -> None:
    figure = curve_chart(found, metric)
    names = [trace.name for trace in figure.data]
    assert names[0] == "Random"
    assert "All that is not held out" not in names  # it is the line
    full = next(one for one in found if one.arm == "full")
    assert figure.layout.shapes[0].y0 == pytest.approx(100 * getattr(full, metric))
    has_interval = [trace.error_y.array is not None for trace in figure.data]
    assert has_interval == [metric == "accuracy" and name != "Random" for name in names]
