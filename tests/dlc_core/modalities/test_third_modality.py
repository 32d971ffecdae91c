"""A modality that nobody knows goes through scoring, selection and export by its registry alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dlc_core.cli import main
from dlc_core.modalities.registry import MODALITIES
from dlc_core.runs import Run
from tests.dlc_core.modalities.rows_of_numbers import linear, rows_of_numbers
from tests.dlc_core.scoring.test_score import INTERVAL, MASKS, literal_scores

__all__ = ["rows_of_numbers"]


@pytest.fixture
def scored(rows_of_numbers: Path) -> Run:
    out = rows_of_numbers.parent / "runs" / "numbers"
    words = ["score", f"rows:{rows_of_numbers}", "--backbone", "linear:4"]
    more = ["--masks", str(MASKS), "--interval", str(INTERVAL), "--out", str(out)]
    assert main([*words, *more]) == 0
    return Run.open(out)


def test_it_is_scored(scored: Run) -> None:
    assert scored.info["dataset"]["modality"] == "rows"
    assert scored.info["counts"] == {"samples": 59, "faults": 1, "classes": 3}
    assert scored.faults["error"].tolist() == ["holds something else than numbers: 1,2,x,4"]
    table = scored.samples
    assert "width" not in table.columns
    lines = (scored.path.parents[1] / "table.rows").read_text().splitlines()
    values = np.array([line.split(",")[1:] for n, line in enumerate(lines) if n != 7], np.float64)
    np.testing.assert_allclose(table["total"], values.sum(axis=1), atol=1e-5)
    rows = torch.from_numpy(values.astype(np.float32))
    expected = literal_scores(linear("4"), rows, table["class_id"].to_numpy().copy())
    np.testing.assert_allclose(scored.losses, expected, rtol=1e-4)


def test_a_backbone_for_others_is_refused(
    rows_of_numbers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = rows_of_numbers.parent / "run"
    assert main(["score", f"rows:{rows_of_numbers}", "--backbone", "demo", "--out", str(out)]) == 2
    assert "demo is given crops of 32 pixels, and a sample of table.rows is a row" in (
        capsys.readouterr().err
    )
    assert not out.exists()


def test_looked_at_selected_exported_and_updated(
    scored: Run, rows_of_numbers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["look", f"rows:{rows_of_numbers}"]) == 0
    assert "60 rows in 3 classes" in capsys.readouterr().out
    run, kept = str(scored.path), tmp_path / "kept.csv"
    assert main(["prune", run, "--keep", "0.5", "--strategy", "herding", "--out", str(kept)]) == 0
    assert len(pd.read_csv(kept)) == 30
    out = tmp_path / "kept.parquet"
    words = ["export", run, "--subset", str(kept), "--out", str(out), "--format"]
    assert main([*words, "parquet"]) == 0
    assert len(pd.read_parquet(out)) == 30
    capsys.readouterr()
    assert main([*words[:-2], str(tmp_path / "tree"), "--format", "imagefolder"]) == 2
    assert "samples that are images" in capsys.readouterr().err
    with rows_of_numbers.open("a") as file:
        file.write("a,0.1,0.2,0.1,-0.3\n")
    assert main(["update", run, "--out", str(tmp_path / "more"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["added"] == 1
    more = Run.open(tmp_path / "more")
    assert more.samples["total"].iat[-1] == pytest.approx(0.1)
    pd.testing.assert_series_equal(more.samples["score"][:59], scored.samples["score"])


def test_without_its_modality_a_run_says_so(
    scored: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delitem(MODALITIES, "rows")
    out = tmp_path / "kept.csv"
    assert main(["prune", str(scored.path), "--keep", "0.5", "--out", str(out)]) == 0
    capsys.readouterr()
    words = ["export", str(scored.path), "--subset", str(out), "--format", "zip"]
    assert main([*words, "--out", str(tmp_path / "x.zip")]) == 2
    assert "needs samples that are images" in capsys.readouterr().err
