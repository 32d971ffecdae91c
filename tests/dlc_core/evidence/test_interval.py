"""Intervals against the pigeonhole bootstrap drawn sample by sample, and what they cover."""

from __future__ import annotations

import numpy as np
import pytest

from dlc_core.evidence.interval import Gap, paired_gap
from tests.dlc_core.evidence.test_interval_groups import literally


@pytest.mark.parametrize(("seeds", "samples", "held"), [(2, 300, 1.0), (10, 300, 0.3), (5, 60, 1)])
def test_few_samples_are_drawn_one_by_one(seeds: int, samples: int, held: float) -> None:
    rng = np.random.default_rng(seeds)
    rows = rng.choice([-1.0, 0.0, 1.0], p=[0.1, 0.7, 0.2], size=(seeds, samples))
    rows += rng.normal(size=(seeds, 1)) / 20  # a seed's own luck
    rows[rng.random(rows.shape) >= held] = np.nan
    gap = paired_gap(rows)
    low, high = literally(rows)
    assert gap.mean == pytest.approx(np.nanmean(rows))
    assert (gap.draws, gap.samples) == (seeds, samples - int(np.isnan(rows).all(axis=0).sum()))
    assert gap.low == pytest.approx(low, abs=0.15 * (high - low))
    assert gap.high == pytest.approx(high, abs=0.15 * (high - low))
    inside = paired_gap(rows, level=0.5)
    assert gap.low < inside.low < inside.high < gap.high


def test_both_seeds_and_samples_make_it_wide() -> None:
    rng = np.random.default_rng(0)
    # Many samples do not make up for few seeds that differ, nor many seeds for few samples.
    few_seeds = np.repeat(rng.normal(size=(4, 1)), 1500, axis=1)
    few_samples = np.repeat(rng.normal(size=(1, 40)), 20, axis=0)
    for rows, error in ((few_seeds, few_seeds[:, 0].std() / 2),
                        (few_samples, few_samples[0].std() / np.sqrt(40))):  # fmt: skip
        gap = paired_gap(rows)
        assert gap.high - gap.low == pytest.approx(2 * 1.96 * error, rel=0.25)


def test_what_is_always_so_is_said_and_what_is_not_known_is_noise() -> None:
    assert paired_gap(np.ones((3, 50))).verdict == "better"
    assert paired_gap(-np.ones((3, 50))).verdict == "worse"
    assert paired_gap(np.zeros((3, 50))) == Gap(0.0, 0.0, 0.0, 3, 50)
    assert paired_gap(np.zeros((3, 50))).verdict == "within noise"
    one = np.full((3, 50), np.nan)
    one[0, 7] = 1.0
    assert paired_gap(one).verdict == "within noise"
    assert (paired_gap(one).mean, paired_gap(one).samples) == (1.0, 1)
    assert np.isnan(paired_gap(one).low)
