from __future__ import annotations

import numpy as np

from dlc_core.analysis.class_statistics import BINS, class_table, confusion
from dlc_core.analysis.run_view import view_of
from dlc_core.issues import read_issues
from dlc_core.runs import Run


def test_the_table_against_a_loop(digits_run: Run) -> None:
    view = view_of(digits_run)
    table, issues, samples = class_table(view), read_issues(digits_run), digits_run.samples
    assert issues is not None
    place = samples["score"].rank(method="first").to_numpy() - 1
    for row in table.to_dict(orient="records"):
        own = (samples["class_id"] == row["class_id"]).to_numpy()
        assert row["samples"] == own.sum()
        counts = [0] * BINS
        for value in place[own]:
            counts[int(value / len(samples) * BINS)] += 1
        np.testing.assert_allclose(row["hardness"], np.array(counts) / own.sum(), atol=6e-4)
        assert row["suspected"] == issues["label_error"].to_numpy()[own].mean()
        hits = digits_run.predicted[0][own] == row["class_id"]
        assert row["accuracy"] == hits.mean()
    assert len(table) == 10


def test_confusion_counts_who_is_taken_for_whom(digits_run: Run) -> None:
    view = view_of(digits_run)
    pairs = confusion(view)
    issues = read_issues(digits_run)
    assert issues is not None
    given, suspected = view.class_ids, issues["suspected_class"].to_numpy()
    for pair in pairs.head(5).to_dict(orient="records"):
        both = (given == pair["given"]) & (suspected == pair["suspected"])
        assert pair["samples"] == both.sum()
        assert pair["share"] == both.sum() / (given == pair["given"]).sum()
    assert pairs["samples"].sum() == (given != suspected).sum()
    assert pairs["samples"].is_monotonic_decreasing
