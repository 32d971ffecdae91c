"""Subsets, scores and groups that a spreadsheet or another program has saved."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.errors import DLCError
from dlc_core.export import read_groups, read_ids, read_scores
from dlc_core.export.read_back import score_columns, score_table, scores_in
from dlc_core.reimport import recognised
from dlc_core.runs import Run

Save = Callable[[pd.DataFrame], bytes]


def text(
    separator: str = ",", encoding: str = "utf-8", end: str = "\n", decimal: str = "."
) -> Save:
    def save(table: pd.DataFrame) -> bytes:
        found: str = table.to_csv(index=False, sep=separator, lineterminator=end, decimal=decimal)
        return found.encode(encoding)

    return save


def blank_rows(table: pd.DataFrame) -> bytes:
    return text()(table) + b",,\n\n,,\n"


def capitals(table: pd.DataFrame) -> bytes:
    return text()(table.rename(columns=str.upper))


SAVED: dict[str, tuple[str, Save]] = {
    "semicolons": ("csv", text(";")),
    "tabs": ("csv", text("\t")),
    "Excel on Windows": ("csv", text(";", "utf-8-sig", "\r\n")),
    "decimal commas": ("csv", text(";", decimal=",")),
    "Unicode text": ("csv", text("\t", "utf-16", "\r\n")),
    "sep line": ("csv", lambda table: b"sep=;\r\n" + text(";", end="\r\n")(table)),
    "blank rows": ("csv", blank_rows),
    "capitals": ("csv", capitals),
    "tsv": ("tsv", text("\t")),
    "packed": ("csv.gz", lambda table: gzip.compress(text()(table))),
    "ndjson": ("ndjson", lambda table: table.to_json(orient="records", lines=True).encode()),
    "wrapped": ("json", lambda table: json.dumps({"samples": table.to_dict("records")}).encode()),
}


@pytest.fixture
def table(run: Run) -> pd.DataFrame:
    count = len(run.samples)
    return run.samples[["id", "path"]].assign(score=np.arange(count) / 8 + 0.125)


@pytest.mark.parametrize("how", SAVED)
def test_they_come_back(run: Run, table: pd.DataFrame, tmp_path: Path, how: str) -> None:
    suffix, save = SAVED[how]
    file = tmp_path / f"t.{suffix}"
    file.write_bytes(save(table))
    assert read_ids(file).tolist() == table["id"].tolist()
    assert read_scores(file, run).tolist() == table["score"].tolist()
    read = score_table(file.read_bytes(), file.name)  # as the page does
    assert score_columns(read)[0].casefold() == "score"
    assert scores_in(read, run, name="t").tolist() == table["score"].tolist()
    if suffix != "csv.gz":
        found = recognised(run, file.read_bytes())
        assert found.named is not None
        assert found.named.ids.tolist() == table["id"].tolist()
        assert not found.named.unknown


@pytest.mark.parametrize("name", ["csv", "parquet", "jsonl"])
def test_names_of_groups_are_not_rounded(run: Run, tmp_path: Path, name: str) -> None:
    groups = [str(2**64 + row // 2) for row in range(len(run.samples))]
    table = run.samples[["id"]].assign(Patient=groups)
    file = tmp_path / f"g.{name}"
    if name == "jsonl":
        rows = zip(table["id"].tolist(), map(int, groups), strict=True)
        file.write_text("".join(json.dumps({"id": a, "Patient": b}) + "\n" for a, b in rows))
    else:
        table.to_csv(file, index=False) if name == "csv" else table.to_parquet(file)
    assert read_groups(file, run, column="patient") == tuple(groups)


def test_a_column_of_scores_by_any_capitals(run: Run, table: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(
        text(";", decimal=",")(table.rename(columns={"score": "EL2N"}))
    )
    assert read_scores(tmp_path / "t.csv", run).tolist() == table["score"].tolist()
    assert read_scores(tmp_path / "t.csv", run, column="el2n").tolist() == table["score"].tolist()


def test_what_is_wrong_is_said_of_the_cell(run: Run, table: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    rows = table[["id", "score"]].astype(object)
    rows.assign(score=rows["score"].where(rows["id"] != 3, "1.234,5")).to_csv(file, index=False)
    with pytest.raises(DLCError, match="the score of id 3 is no finite number"):
        read_scores(file, run)
    rows.assign(id=rows["id"].where(rows["id"] != 3, "three")).to_csv(file, index=False)
    with pytest.raises(DLCError, match=r"has id three, which is not in .* \(1 in all\)"):
        read_scores(file, run)
    file.write_text("nothing;here\n1;2\n")
    with pytest.raises(DLCError, match="holds no column of sample ids; expected a subset"):
        read_ids(file)
    with pytest.raises(DLCError, match="expected a column id or path, got 'nothing', 'here'"):
        read_scores(file, run)
