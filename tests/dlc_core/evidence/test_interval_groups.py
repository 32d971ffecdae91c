"""Intervals of many samples, of which random groups are drawn: as wide as if each were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.evidence.interval import paired_gap


def literally(differences: NDArray[np.float64], resamples: int = 3000) -> tuple[float, float]:
    """Draw seeds and samples with replacement, each by itself (Owen 2007)."""
    rng = np.random.default_rng(7)
    seeds, samples = differences.shape
    means = []
    for _ in range(resamples):
        rows = differences[rng.integers(seeds, size=seeds)]
        means.append(np.nanmean(rows[:, rng.integers(samples, size=samples)]))
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


@pytest.mark.parametrize("samples", [1500, 2001, 5000])
def test_groups_are_as_wide_as_samples(samples: int) -> None:
    rng = np.random.default_rng(samples)
    hard = np.sort(rng.choice([-1.0, 0.0, 1.0], p=[0.1, 0.7, 0.2], size=samples))  # as by class
    rows = np.where(rng.random((4, samples)) < 0.7, hard, rng.integers(-1, 2, (4, samples)))
    rows[rng.random(rows.shape) < 0.5] = np.nan
    gap = paired_gap(rows)
    low, high = literally(rows)
    assert gap.mean == pytest.approx(np.nanmean(rows))
    assert gap.samples == samples - int(np.isnan(rows).all(axis=0).sum())
    assert gap.high - gap.low == pytest.approx(high - low, rel=0.15)
    assert (gap.low + gap.high) / 2 == pytest.approx((low + high) / 2, abs=0.1 * (high - low))


def test_groups_do_not_hide_that_classes_differ() -> None:
    # Groups with their share of each class would have equal sums, and the interval no width.
    rows = np.concatenate([np.full((3, 5000), -1.0), np.full((3, 5000), 1.0)], axis=1)
    gap = paired_gap(rows)
    assert gap.high - gap.low == pytest.approx(2 * 1.96 / np.sqrt(10_000), rel=0.15)


def test_the_same_numbers_give_the_same_interval() -> None:
    rows = np.random.default_rng(0).integers(-1, 2, (5, 3000)).astype(np.float64)
    assert paired_gap(rows) == paired_gap(rows.copy())
    assert paired_gap(rows) != paired_gap(rows, seed=1)
