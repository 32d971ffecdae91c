"""`dlc compare`: two runs of the same data on a terminal, as JSON and as a table."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.analysis.compare_runs import compare_runs
from dlc_core.cli import main
from dlc_core.runs import Run
from tests.by_hand import without_digests


@pytest.fixture
def other(digits_run: Run, tmp_path: Path) -> Run:
    """The digits with other scores, ten of them missing, in a different row order."""
    folder = shutil.copytree(digits_run.path, tmp_path / "other")
    rng = np.random.default_rng(0)
    table = digits_run.samples.assign(score=lambda t: t["score"] + rng.normal(0, 1, len(t)))
    table.sample(frac=1, random_state=1).iloc[10:].to_parquet(folder / "samples.parquet")
    without_digests(folder)
    return Run.open(folder)


def test_help_comes_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["compare", "--help"])
    assert stop.value.code == 0
    assert "Example: dlc compare " in capsys.readouterr().out


def test_agreement_and_the_strongest_are_printed(
    digits_run: Run, other: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(digits_run.path), str(other.path), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    value = json.loads(lines[-1])
    found = compare_runs(digits_run, other)
    assert (value["samples"], value["only_first"], value["only_second"]) == (1787, 10, 0)
    assert value["label_differs"] == 0
    assert value["spearman"] == pytest.approx(found.spearman)
    assert value["overlap"]["agreed"] == pytest.approx(found.overlap().agreed, abs=1e-6)
    assert f"{found.spearman:.3f} (Spearman" in "\n".join(lines)
    assert "20 % would be by chance" in "\n".join(lines)
    assert len(value["strongest"]) == 10
    gaps = [abs(row["disagreement"]) for row in value["strongest"]]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] == pytest.approx(np.abs(found.disagreement).max())
    shown = [line.split()[-1] for line in lines[-11:-1]]
    assert shown == [row["path"] for row in value["strongest"]]


def test_the_table_holds_all_common_samples(digits_run: Run, other: Run, tmp_path: Path) -> None:
    out = tmp_path / "both.csv"
    assert main(["compare", str(digits_run.path), str(other.path), "--out", str(out)]) == 0
    table = pd.read_csv(out, dtype={"label": str})
    assert len(table) == 1787
    scores = other.samples.set_index("path")["score"]
    np.testing.assert_allclose(table["score_second"], scores.loc[table["path"]])
    assert table["path"].tolist() == [p for p in digits_run.samples["path"] if p in scores.index]
    np.testing.assert_allclose(
        table["disagreement"], table["percentile_second"] - table["percentile_first"]
    )
    hardest = table.loc[table.groupby("label")["score_first"].idxmax()]
    assert set(hardest["percentile_first"]) == {100.0}


def test_constant_scores_are_said_and_are_valid_json(
    digits_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(digits_run.path, tmp_path / "flat")
    digits_run.samples.assign(score=1.0).to_parquet(folder / "samples.parquet")
    without_digests(folder)
    assert main(["compare", str(digits_run.path), str(folder), "--json"]) == 0
    said = capsys.readouterr().out
    assert "not defined" in said
    assert json.loads(said.splitlines()[-1])["spearman"] is None


def test_mistakes_are_one_sentence(
    digits_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(digits_run.path, tmp_path / "elsewhere")
    table = digits_run.samples
    table.assign(path="x" + table["path"]).to_parquet(folder / "samples.parquet")
    without_digests(folder)
    for arguments, words in (
        ([str(folder)], "share 0 paths"),
        ([str(tmp_path / "nowhere")], "no such run"),
        ([str(digits_run.path), "--out", "both.xlsx"], "--out must end in .csv, got both.xlsx"),
    ):
        assert main(["compare", str(digits_run.path), *arguments]) == 2
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1
