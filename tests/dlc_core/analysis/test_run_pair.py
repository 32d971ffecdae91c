from __future__ import annotations

import numpy as np

from dlc_core.analysis.by_score import by_score
from dlc_core.analysis.run_pair import run_pair_of
from dlc_core.analysis.run_view import view_of
from dlc_core.runs import Run


def test_a_run_beside_itself_does_not_disagree(digits_run: Run) -> None:
    view = view_of(digits_run)
    pair = run_pair_of(view, by_score(view, "unmasked"))
    assert pair.points[:, 0].tolist() == np.float32(pair.found.percentile_first).tolist()
    assert (pair.points[:, 0] == pair.points[:, 1]).all()
    assert not pair.distance.any()
    assert sorted(pair.most_apart.tolist()) == list(range(len(view)))
