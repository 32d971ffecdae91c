from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from dlc_core.analysis.run_view import View, view_of
from dlc_core.decisions import record
from dlc_core.reimport import keep_ids
from dlc_core.runs import Run
from dlc_core.scores import import_scores
from tests.by_hand import without_digests

ODD = 'a "b" `c` \\ and'  # a column's name


@pytest.fixture(scope="module")
def rich(digits_run: Run, tmp_path_factory: pytest.TempPathFactory) -> View:
    """The digits with decisions, a score "mine", a kept subset and columns of every kind."""
    path = shutil.copytree(digits_run.path, tmp_path_factory.mktemp("rich") / "run")
    ids = digits_run.samples["id"].to_numpy()
    rng = np.random.default_rng(0)
    size = rng.normal(size=len(ids)).round(1)
    size[::7] = np.nan
    pd.DataFrame(
        {
            "id": ids,
            "site": np.array(["north", "South", "", "ost/west"])[ids % 4],
            "size": size,
            "good": ids % 3 == 0,
            "rank": ids % 5,  # has a name of ours
            ODD: np.array(["x", 'y"', "z\n"])[ids % 3],
        }
    ).to_parquet(path / "columns.parquet")
    without_digests(path)
    run = Run.open(path)
    import_scores(run, "mine", rng.integers(0, 9, len(ids)) / 1.0)
    record(path, ids[3:9].tolist(), by="t", verdict="pin")
    record(path, ids[20:30].tolist(), by="t", verdict="exclude")
    record(path, ids[25:40].tolist(), by="t", relabel="4")
    record(path, ids[38:50].tolist(), by="t", note="Look again, please")
    keep_ids(path, ids[5:25])
    return view_of(Run.open(path))
