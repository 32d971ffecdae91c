"""Two runs of the same data: what the Compare page draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.escaping import visible_name
from dashboard.view import BY_STAMP, View, open_view
from dlc_core.analysis.compare_runs import Comparison, compare_runs


@dataclass(frozen=True)
class Pair:
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
        """(N,) how far the two percentiles lie apart, 255 = 100 points."""
        distance = np.zeros(len(self.first), dtype=np.uint8)
        distance[self.found.rows_first] = np.rint(np.abs(self.found.disagreement) * 2.55)
        return distance

    @cached_property
    def most_apart(self) -> NDArray[np.int64]:
        """(n,) places in `found` of the samples, those that disagree most first."""
        return self.found.strongest(len(self.found))


def open_pair(first: View, other: Path) -> Pair:
    """Open another run beside the one in view.

    Raises:
        DLCError: if it cannot be opened, or has too few samples in common.
    """
    return _compared(first, open_view(other))


@st.cache_resource(max_entries=2, show_spinner="Comparing …", hash_funcs=BY_STAMP)
def _compared(first: View, second: View) -> Pair:
    return Pair(first, second, compare_runs(first.run, second.run))


def per_class(pair: Pair) -> pd.DataFrame:
    """Return label, samples, rank agreement and overlap of each class."""
    table = pair.found.per_class.copy()
    table["label"] = [visible_name(str(label)) for label in table["label"]]
    return table
