"""A run's subset held against the whole, as rows of the report."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.kinds import read_neighbours
from dlc_core.likeness import MEASURES, Row, compared, whole_of
from dlc_core.reduced import stored_components
from dlc_core.report.likeness import Likeness
from dlc_core.runs import Run
from dlc_core.selection import run_candidates


def likeness_of(run: Run, ids: NDArray[np.int64]) -> list[Likeness]:
    """Return how a subset resembles the whole, beside five random subsets of its size.

    The random subsets are drawn from all samples, whatever was decided of them.

    Args:
        run: a run; without stored components nothing is measured.
        ids: (K,) kept sample ids.
    """
    components = stored_components(run)
    samples = run.samples
    if components is None or len(components) != len(samples) or not len(ids):
        return []
    found = read_neighbours(run)
    neighbours = None if found is None or not found[0].shape[1] else found[0]
    whole = whole_of(np.asarray(components), samples["class_id"].to_numpy(), neighbours)
    positions = np.flatnonzero(np.isin(samples["id"].to_numpy(), ids))
    rows: dict[str, Row] = {}
    for row in compared(run_candidates(run, decisions=False), positions, whole):
        rows[row.name] = row
    return [
        Likeness(row.title, row.value, row.random_low, row.random_high, MEASURES[name].description)
        for name, row in rows.items()
    ]
