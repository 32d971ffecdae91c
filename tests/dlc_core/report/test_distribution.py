"""Histograms and shares: each bar against a count by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dlc_core.report.bars import bar_path
from dlc_core.report.distribution import BINS, class_panels, kept_share, largest


def heights(path: str) -> dict[float, float]:
    """Return the height of each bar of a path, by its left edge."""
    found = re.findall(r"M([\d.]+) 100v-([\d.]+)h[\d.]+v[\d.]+z", path)
    return {float(left): float(tall) for left, tall in found}


def test_bars_stand_where_and_as_high_as_they_should() -> None:
    path = bar_path([1, 0, 4, 8], 4, gap=0.2)
    assert heights(path) == {0.1: 25.0, 2.1: 100.0, 3.1: 100.0}
    assert bar_path([0, 0], 0) == ""


def test_a_panel_counts_its_own_class_on_its_own_axis() -> None:
    rng = np.random.default_rng(0)
    class_ids = rng.integers(0, 3, 500)
    scores = rng.normal(0, 1, 500) + 10 * class_ids
    kept = rng.random(500) < 0.4
    (panel,) = class_panels(scores, class_ids, kept, [2])
    own = scores[class_ids == 2]
    edges = np.linspace(own.min(), np.quantile(own, 0.995), BINS + 1)
    expected = np.histogram(np.minimum(own, edges[-1]), edges)[0]
    drawn = heights(panel.all_path)
    for place, count in enumerate(expected):
        assert drawn.get(float(place), 0.0) == pytest.approx(100 * count / expected.max(), abs=2e-3)
    assert (panel.samples, panel.kept) == (len(own), int(kept[class_ids == 2].sum()))
    assert panel.open_end
    assert float(panel.low) == pytest.approx(own.min(), abs=0.01)


@pytest.mark.parametrize("values", [[1.5], [2.0, 2.0, 2.0], [0.0, 0.0]])
def test_a_class_of_equal_scores_has_one_bar(values: list[float]) -> None:
    zeros = np.zeros(len(values), dtype=np.int64)
    (panel,) = class_panels(np.array(values), zeros, zeros == 0, [0])
    assert heights(panel.all_path) == {0.0: 100.0}
    assert heights(panel.kept_path) == {0.0: 100.0}


def test_axis_labels_tell_scores_apart_that_differ_by_millionths() -> None:
    scores = np.linspace(1.6, 1.6001, 100)
    zeros = np.zeros(100, dtype=np.int64)
    (panel,) = class_panels(scores, zeros, zeros == 1, [0])
    assert panel.low != panel.high
    assert panel.kept_path == ""


def test_the_kept_share_is_that_of_each_twentieth() -> None:
    rng = np.random.default_rng(1)
    percentile, kept = rng.uniform(0, 100, 3000), rng.random(3000) < 0.3
    percentile[0], percentile[1] = 0, 100
    share = kept_share(percentile, kept)
    drawn = list(heights(share.path).values())
    for place in range(20):
        upper = percentile <= 100 if place == 19 else percentile < 5 * place + 5
        inside = (percentile >= 5 * place) & upper
        assert drawn[place] == pytest.approx(100 * kept[inside].mean() / share.top, abs=2e-3)
    assert share.overall == kept.mean()
    quarter = kept[percentile < 25].mean()
    assert share.words.startswith(f"easiest quarter {100 * quarter:.0f}\N{NO-BREAK SPACE}%,")


def test_largest_classes_come_first_and_empty_ones_not_at_all() -> None:
    assert largest(np.array([2, 0, 5, 2, 9]), 4) == [4, 2, 0, 3]
    assert largest(np.array([0, 1]), 4) == [1]
