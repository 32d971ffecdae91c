"""The whole of a run: what its subsets are held against."""

from __future__ import annotations

import numpy as np

from dlc_core.issues import read_neighbours
from dlc_core.runs import Run
from dlc_core.runs.reduced_features import stored_components
from dlc_core.similarity.reference import Whole, whole_of


def whole_of_run(run: Run) -> Whole | None:
    """Return all samples of a run, in the order of run.samples; None without stored components.

    Neighbours are there once `dlc kinds` has run.
    """
    components = stored_components(run)
    class_ids = run.samples["class_id"].to_numpy()
    if components is None or len(components) != len(class_ids):
        return None
    found = read_neighbours(run)
    neighbours = None if found is None or not found[0].shape[1] else found[0]
    return whole_of(np.asarray(components), class_ids, neighbours)
