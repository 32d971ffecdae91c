from __future__ import annotations

from pathlib import Path

import numpy as np

import dlc_core as dlc
from dlc_core.runs import Run

from .conftest import OpenPage


def kept(at: object) -> int:
    metrics = {metric.label: metric.value for metric in at.metric}  # type: ignore[attr-defined]
    return int(metrics["Kept"].replace(",", ""))


def test_sliders_give_the_core_its_recipe(
    open_page: OpenPage, digits_runs: Path, digits_run: Run
) -> None:
    at = open_page("prune", digits_runs)
    assert kept(at) == 539
    at.slider(key="pruned").set_value(90).run()
    assert kept(at) == 180
    at.slider(key="split").set_value(20).run()
    subset = dlc.select(digits_run, keep_ratio=0.1, gamma=0.2)
    easy = digits_run.samples["percentile"].to_numpy()[subset.positions] < 20
    caption = next(c.value for c in at.caption if "easiest" in c.value)
    assert f"Draws {np.count_nonzero(easy)} of the" in caption


def test_each_strategy_shows_what_it_is(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("prune", digits_runs)
    for name in ("random", "hardest", "easiest", "flexrand"):
        at.selectbox(key="strategy").set_value(name).run()
        assert not at.exception
        assert kept(at) == 539
        assert at.slider(key="split").disabled == (name != "flexrand")
        assert bool(at.warning) == (name in ("hardest", "easiest"))
