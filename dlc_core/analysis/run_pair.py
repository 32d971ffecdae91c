"""Two runs of the same data, seen: their samples as points, and those that disagree most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dlc_core.analysis.compare_runs import Comparison, compare_runs
from dlc_core.analysis.run_view import View


@dataclass(frozen=True)
class RunPair:
    """Two open runs and their comparison.

    Attributes:
        first, second: the runs.
        found: the comparison; its n samples are those that both have.
    """

    first: View
    second: View
    found: Comparison

    @cached_property
    def points(self) -> NDArray[np.float32]:
        """(N, 2) percentile in the first and in the second run; NaN for what is not in both."""
        points = np.full((len(self.first), 2), np.nan, dtype=np.float32)
        points[self.found.rows_first, 0] = self.found.percentile_first
        points[self.found.rows_first, 1] = self.found.percentile_second
        return points

    @cached_property
    def distance(self) -> NDArray[np.uint8]:
        """(N,) how far the two percentiles lie apart, 255 = 100 points; 0 outside of both."""
        distance = np.zeros(len(self.first), dtype=np.uint8)
        distance[self.found.rows_first] = np.rint(np.abs(self.found.disagreement) * 2.55)
        return distance

    @cached_property
    def most_apart(self) -> NDArray[np.int64]:
        """(n,) places in `found` of the samples, those that disagree most first."""
        return self.found.strongest(len(self.found))


def run_pair_of(first: View, second: View) -> RunPair:
    """Compare two open runs.

    Raises:
        DLCError: if they have too few samples in common.
    """
    return RunPair(first, second, compare_runs(first.run, second.run))
