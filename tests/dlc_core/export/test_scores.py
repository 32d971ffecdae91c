from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.errors import DLCError
from dlc_core.export import content_of, read_scores, write_export
from dlc_core.runs import Run


@pytest.mark.parametrize("name", ["csv", "parquet", "jsonl", "json"])
def test_scores_exported_from_a_run_come_back_bit_by_bit(
    run: Run, tmp_path: Path, name: str
) -> None:
    out = tmp_path / f"all.{name}"
    write_export(content_of(run, run.samples["id"].to_numpy()), out, format_name=name)
    assert read_scores(out, run).tolist() == run.samples["score"].tolist()


@pytest.mark.parametrize("key", ["id", "path"])
def test_rows_may_come_in_any_order(run: Run, tmp_path: Path, key: str) -> None:
    table = run.samples[[key]].assign(loss=np.arange(len(run.samples)) / 7)
    table.sample(frac=1, random_state=0).to_parquet(tmp_path / "s.parquet")
    assert read_scores(tmp_path / "s.parquet", run).tolist() == table["loss"].tolist()


def test_the_path_counts_where_ids_are_of_another_copy(run: Run, tmp_path: Path) -> None:
    table = run.samples[["id", "path", "score"]].assign(id=run.samples["id"] + 3)
    table.to_parquet(tmp_path / "s.parquet")
    assert read_scores(tmp_path / "s.parquet", run).tolist() == run.samples["score"].tolist()


def test_the_column_may_be_named(run: Run, tmp_path: Path) -> None:
    table = run.samples[["path"]].assign(a=1.0, b=2.0)
    table.to_csv(tmp_path / "s.csv", index=False)
    assert set(read_scores(tmp_path / "s.csv", run, column="b")) == {2.0}
    with pytest.raises(DLCError, match="no column score, and 2 others of numbers"):
        read_scores(tmp_path / "s.csv", run)
    with pytest.raises(DLCError, match="no column 'c'; it has 'path', 'a', 'b'"):
        read_scores(tmp_path / "s.csv", run, column="c")


@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_scores_must_be_finite(run: Run, tmp_path: Path, value: float | None) -> None:
    table = run.samples[["id", "score"]].copy()
    table.loc[4, "score"] = value
    table.to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(DLCError, match="the score of id 4 is no finite number"):
        read_scores(tmp_path / "s.csv", run)


def test_every_sample_once_and_no_other(run: Run, tmp_path: Path) -> None:
    table, file = run.samples[["id", "score"]], tmp_path / "s.parquet"
    table.drop(index=[2, 5]).to_parquet(file)
    with pytest.raises(DLCError, match=r"says nothing of id 2 \(2 of 78 are missing"):
        read_scores(file, run)
    pd.concat([table, table.iloc[[7]]]).to_parquet(file)
    with pytest.raises(DLCError, match="has id 7 more than once"):
        read_scores(file, run)
    table.assign(id=table["id"] + 1).to_parquet(file)
    with pytest.raises(DLCError, match="has id 78, which is not in"):
        read_scores(file, run)
    table[["score"]].to_parquet(file)
    with pytest.raises(DLCError, match="expected a column id or path, got 'score'"):
        read_scores(file, run)
    np.save(tmp_path / "s.npy", np.arange(3))
    with pytest.raises(DLCError, match="holds no names of samples"):
        read_scores(tmp_path / "s.npy", run)
    with pytest.raises(DLCError, match="no such file"):
        read_scores(tmp_path / "gone.csv", run)
