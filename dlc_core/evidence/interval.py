"""The gap between two ways to choose, with an interval over draws and held-out samples together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLES = 1000
_UNITS = 2000  # that are drawn; more samples than that are put together at random


@dataclass(frozen=True)
class Gap:
    """A mean difference and its interval, as shares (0.01 = one point of accuracy).

    Attributes:
        mean: over all draws and held-out samples.
        low, high: ends of the interval; NaN with fewer than two held-out samples.
        draws: how many seeds it rests on.
        samples: distinct held-out samples.
    """

    mean: float
    low: float
    high: float
    draws: int
    samples: int

    @property
    def verdict(self) -> str:
        """Return "better", "worse", or "within noise" where the interval holds 0."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "within noise"


def paired_gap(differences: NDArray[np.floating], *, level: float = LEVEL, seed: int = 0) -> Gap:
    """Return the mean difference with a bootstrap interval over draws and samples together.

    Each resample draws the seeds and, independently, the held-out samples with replacement and
    takes the mean of what both leave, so that neither few seeds nor few samples are mistaken for
    certainty. It counts what a sample and a seed do together twice: the interval errs on the wide
    side, towards "within noise". Of more than 2,000 samples random groups are drawn, not each.

    Args:
        differences: (S, N) correct (1) or not (0) of one minus that of the other, for each seed
            and sample; NaN where the seed did not hold the sample out.
        level: of the interval.
        seed: of the resampling.

    Reference: Owen 2007, The pigeonhole bootstrap, Annals of Applied Statistics 1 (2).
    """
    values = np.asarray(differences, dtype=np.float64)
    there = np.isfinite(values)
    values, used = np.where(there, values, 0.0), there.any(axis=0)
    values, there = values[:, used], there[:, used]
    seeds, samples = values.shape
    count = int(there.sum())
    mean = float(values.sum() / count) if count else float("nan")
    if samples < 2 or not seeds:
        return Gap(mean, float("nan"), float("nan"), seeds, samples)
    if samples > _UNITS:
        # Sums over random groups vary as sums over samples do, and are as many as are needed.
        group = np.random.default_rng(seed).permutation(samples) % _UNITS
        values = np.stack([np.bincount(group, row, _UNITS) for row in values])
        counts = np.stack([np.bincount(group, row, _UNITS) for row in there])
    else:
        counts = there.astype(np.float64)
    by_seed, by_sample = _weights(seeds, values.shape[1], seed)
    above = np.sum(by_seed * (by_sample @ values.T.astype(np.float32)), axis=1)
    below = np.sum(by_seed * (by_sample @ counts.T.astype(np.float32)), axis=1)
    means = above / np.maximum(below, 1e-12)
    tail = 50 * (1 - level)
    low, high = np.percentile(means, [tail, 100 - tail])
    return Gap(mean, float(low), float(high), seeds, samples)


@lru_cache(maxsize=8)
def _weights(seeds: int, units: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return how often each resample takes each seed, (B, S), and each unit, (B, U).

    They are the same for all gaps of a size, so they are drawn once; at most 8 MB each.
    """
    rng = np.random.default_rng(seed)
    by_seed = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=RESAMPLES)
    by_sample = rng.poisson(1.0, size=(RESAMPLES, units))
    return by_seed.astype(np.float64), by_sample.astype(np.float32)
