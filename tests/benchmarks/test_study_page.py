"""The study's tables and its figure say what was measured, and nothing where it was not."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from benchmarks.study_figure import HIGHEST, LOWEST, Mean, figure
from benchmarks.study_page import Studied, groups, over_runs, overall
from dlc_core.evidence import Finding
from dlc_core.evidence.interval import Gap
from dlc_core.runs import Run


def finding(run: Run, arm: str, mean: float, half: float) -> Studied:
    gap = Gap(mean, mean - half, mean + half, 10, 100)
    one = Finding(arm, 0.1, 10, 0.5, 0.5, 0.5, gap, None, (), 1.0, 0.0)
    return Studied("x", run, None, {(arm, 0.1): one})


def test_the_mean_over_runs_and_its_interval(digits_run: Run) -> None:
    some = [finding(digits_run, "herding", 0.02, 0.03), finding(digits_run, "herding", 0.04, 0.04)]
    found = over_runs(some, "herding", 0.1)
    assert found == pytest.approx((3.0, 0.5, 5.5))  # sqrt(3^2 + 4^2) / 2 = 2.5
    assert "| `herding` | **+3.0 [+0.5, +5.5]** |" in overall(some, ["herding", "auto"], [0.1])
    # An arm that one run lacks has no mean: it would be over other data than its neighbours.
    assert over_runs([*some, finding(digits_run, "auto", 0, 0.1)], "herding", 0.1) is None
    assert over_runs(some[:1], "herding", 0.1) is None


def test_groups_of_one_are_no_groups(digits_run: Run) -> None:
    one = finding(digits_run, "auto", 0, 0.1)
    assert groups([one], []) == []
    assert [title for title, _ in groups([one, one], ["y"])] == ["Clean labels"]


def test_the_figure_is_well_formed_and_stays_in_its_frame() -> None:
    panels: list[tuple[str, dict[str, list[Mean]]]] = [
        ("A <b>", {"auto": [(40.0, 30.0, 50.0), None], "hardest": [(-90.0, -95.0, -85.0)] * 2})
    ]
    text = figure(panels, [0.1, 0.3])
    root = ElementTree.fromstring(text)
    assert "A &lt;b&gt;" in text
    lines = root.findall(".//{*}polyline")
    first = lines[0].get("points") or ""
    assert len(first.split()) == 1  # what is missing is not drawn
    heights = [
        float(y)
        for line in lines
        for _, y in re.findall(r"([\d.]+),([\d.]+)", line.get("points") or "")
    ]
    top, bottom = min(heights), max(heights)
    assert 0 < top < bottom < 300
    assert LOWEST < 0 < HIGHEST
