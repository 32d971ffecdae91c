from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from dlc_core.analysis.compare_runs import compare_runs
from dlc_core.cli import main
from dlc_core.runs import Run

from .conftest import OpenPage


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory, digits_run: Run) -> Path:
    runs = tmp_path_factory.mktemp("two")
    shutil.copytree(digits_run.path, runs / "one")
    other = str(runs / "other")
    assert main(["score", "digits", "--masks", "2", "--limit", "300", "--out", other]) == 0
    return runs


def test_it_shows_agreement_and_the_samples_apart(open_page: OpenPage, two_runs: Path) -> None:
    at = open_page("compare", two_runs, address={"run": "one", "with": "other"}, run="one")
    found = compare_runs(Run.open(two_runs / "one"), Run.open(two_runs / "other"))
    metrics = {metric.label: metric.value for metric in at.metric}
    assert metrics["In both"] == "300"
    assert metrics["Rank agreement"] == f"{found.spearman:.3f}"
    assert metrics["Not compared"] == "1,497"
    apart = np.abs(found.disagreement)
    ids = Run.open(two_runs / "one").samples["id"].to_numpy()[found.rows_first]
    first = at.session_state["open_list"][0]
    assert apart[ids == first] == apart.max()


def test_one_run_alone_says_the_next_step(open_page: OpenPage, digits_runs: Path) -> None:
    at = open_page("compare", digits_runs)
    assert "one run only" in at.info[0].value


def test_runs_without_common_samples_are_one_sentence(
    open_page: OpenPage, tmp_path: Path, folder: Path, digits_run: Run
) -> None:
    shutil.copytree(digits_run.path, tmp_path / "runs" / "one")
    assert main(["score", str(folder), "--masks", "1", "--out", str(tmp_path / "runs/cats")]) == 0
    at = open_page("compare", tmp_path / "runs", run="one")
    assert "compare runs of the same data" in at.warning[0].value
