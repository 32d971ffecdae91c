from __future__ import annotations

import numpy as np
import pytest

from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.export import content_of, encode_subset, subset_table, without_excluded
from dlc_core.recipes import select
from dlc_core.runs import Run


def test_the_first_columns_are_as_promised(run: Run) -> None:
    table = subset_table(run, np.array([3, 1]))
    assert list(table)[:5] == ["id", "path", "label", "class_id", "score"]
    assert "original_label" not in table
    assert table["id"].tolist() == [1, 3]


def test_decided_labels_take_the_place_of_the_runs(run: Run) -> None:
    record(run.path, [1], by="a", relabel=run.classes[4])
    record(run.path, [3], by="a", relabel="another")
    table = subset_table(run, np.array([1, 2, 3]))
    assert list(table)[:6] == ["id", "path", "label", "class_id", "score", "original_label"]
    assert table["label"].tolist() == [run.classes[4], run.samples["label"][2], "another"]
    assert table["class_id"].tolist() == [4, run.samples["class_id"][2], -1]
    assert table["original_label"].tolist() == run.samples["label"][1:4].tolist()
    undecided = subset_table(run, np.array([1, 2, 3]), decisions=False)
    assert undecided["label"].tolist() == run.samples["label"][1:4].tolist()
    assert "original_label" not in subset_table(run, np.array([2]))


def test_parts_add_up_to_all_samples(run: Run) -> None:
    record(run.path, [0, 5, 6], by="a", verdict="exclude")
    record(run.path, [6], by="a", verdict="pin")
    kept = select(run, keep_ratio=0.3).ids
    parts = {part: content_of(run, kept, part=part).table for part in ("kept", "dropped", "both")}
    assert parts["kept"]["id"].tolist() == kept.tolist()
    both = parts["both"]
    assert both["id"].tolist() == run.samples["id"].tolist()
    for row in both.itertuples():
        expected = "kept" if row.id in kept else "excluded" if row.id in (0, 5) else "dropped"
        assert row.status == expected
    dropped = both.loc[both["status"] == "dropped", "id"]
    assert parts["dropped"]["id"].tolist() == dropped.tolist()
    assert without_excluded(run, np.array([4, 5, 6])).tolist() == [4, 6]


def test_mistakes_are_told(run: Run) -> None:
    with pytest.raises(DLCError, match="sample 5000 is not in"):
        subset_table(run, np.array([1, 5000]))
    with pytest.raises(DLCError, match="part must be one of kept, dropped, both, got 'all'"):
        content_of(run, np.array([1]), part="all")
    subset = select(run, keep_ratio=0.3)
    with pytest.raises(DLCError, match="'npy' holds kept or dropped samples, not both"):
        encode_subset(run, subset, "npy", part="both")
    with pytest.raises(DLCError, match="'zip' holds images; make it with dlc export"):
        encode_subset(run, subset, "zip")
