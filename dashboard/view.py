"""One open run with what its pages need, kept in memory between their reruns."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.runs import Run
from dlc_core.selection import run_candidates
from dlc_core.selection.pool import Candidates


@dataclass(frozen=True)
class View:
    """A finished run in memory; rows are its samples in ascending id.

    Attributes:
        run: the run.
        samples: run.samples.
        candidates: the samples, ordered for selection.
        map: (N, 2) coordinates, or None while the projection is computed or if it is damaged.
    """

    run: Run
    samples: pd.DataFrame
    candidates: Candidates
    map: NDArray[np.float32] | None

    @property
    def class_ids(self) -> NDArray[np.int64]:
        """(N,) class of each sample."""
        return self.samples["class_id"].to_numpy()

    @property
    def percentile(self) -> NDArray[np.float64]:
        """(N,) hardness within the class, 100 = hardest."""
        return self.samples["percentile"].to_numpy()

    @property
    def scores(self) -> NDArray[np.float64]:
        """(N,) DLC scores."""
        return self.samples["score"].to_numpy()


def open_view(path: Path) -> View:
    """Open a finished run; the same files are read once.

    Raises:
        DLCError: if it cannot be opened.
    """
    stamps = tuple(
        file.stat().st_mtime_ns if file.is_file() else 0
        for file in (path / name for name in ("run.json", "samples.parquet", "projection.parquet"))
    )
    return _open(str(path), stamps)


@st.cache_resource(max_entries=3, show_spinner=False)
def _open(path: str, stamps: tuple[int, ...]) -> View:
    run = Run.open(path)
    coordinates = None
    if stamps[-1]:
        with contextlib.suppress(DLCError):  # a damaged map hides neither scores nor gallery
            coordinates = run.projection[["x", "y"]].to_numpy(dtype=np.float32)
    return View(run, run.samples, run_candidates(run), coordinates)
