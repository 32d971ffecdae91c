"""A run's subset held against the whole, for the report."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.analysis.similarity_to_random import SimilarityRow, compared
from dlc_core.recipes import run_candidates
from dlc_core.runs import Run
from dlc_core.similarity import whole_of_run


def similarity_of(run: Run, ids: NDArray[np.int64]) -> list[SimilarityRow]:
    """Return how a subset resembles the whole, beside five random subsets of its size.

    The random subsets are drawn from all samples, whatever was decided of them.

    Args:
        run: a run; without stored components nothing is measured.
        ids: (K,) kept sample ids.
    """
    whole = whole_of_run(run)
    if whole is None or not len(ids):
        return []
    positions = np.flatnonzero(np.isin(run.samples["id"].to_numpy(), ids))
    samples = run_candidates(run, decisions=False)
    return list({row.name: row for row in compared(samples, positions, whole)}.values())
