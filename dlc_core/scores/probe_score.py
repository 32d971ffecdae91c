"""Making the score of the linear probe: it takes longer than a page may."""

from __future__ import annotations

import numpy as np

from dlc_core.errors import DLCError
from dlc_core.features.linear_probe import left_out_margins, reduction
from dlc_core.runs import Run
from dlc_core.scores.imported import keep
from dlc_core.scores.registry import PROBE, require_score


def make_probe(run: Run) -> bool:
    """Compute `left_out_margins` of all samples of a run and keep them in it.

    Returns:
        Whether there were some before.

    Raises:
        DLCError: if the run's features are damaged or not finite, or it cannot be written.
    """
    require_score(run, PROBE)
    run.require("features.npy")
    if not np.isfinite(run.features).all():
        raise DLCError(f"{run.path} holds features that are not finite; score it again.")
    rows = run.samples["class_id"].to_numpy(dtype=np.int64)
    features = reduction(run.features, np.arange(len(rows)))(run.features)
    return keep(run, PROBE, left_out_margins(features, rows, len(run.classes)))
