"""Every table is read by the libraries that it is for."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from dlc_core.csv_escaping import original
from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.export import (
    EXPORTERS,
    content_of,
    encode_subset,
    exporter,
    read_ids,
    write_export,
)
from dlc_core.recipes import select
from dlc_core.runs import Run

TABLES = ("csv", "parquet", "json", "jsonl")


def exported(run: Run, name: str, folder: Path, part: str = "kept") -> Path:
    out = folder / f"subset.{name}"
    kept = select(run, keep_ratio=0.7)
    content = content_of(run, kept.ids, recipe=kept.recipe.as_dict(), part=part)
    written = write_export(content, out, format_name=name, overwrite=True)
    assert written.samples == len(content.table)
    return out


def rows_of(query: str, file: Path) -> list[Any]:
    """Let DuckDB read a file."""
    found: list[Any] = duckdb.execute(query, [str(file)]).fetchall()
    return found


def test_csv_in_pandas_duckdb_and_python(run: Run, tmp_path: Path) -> None:
    record(run.path, [1, 40], by="a", relabel='=HYPERLINK("x")')
    out = exported(run, "csv", tmp_path, "both")
    table = pd.read_csv(out, dtype={"label": str}, keep_default_na=False)
    expected = content_of(run, select(run, keep_ratio=0.7).ids, part="both").table
    for name in ("id", "class_id", "score", "status"):
        assert table[name].tolist() == expected[name].tolist()
    for name in ("path", "label", "original_label"):
        assert table[name].map(original).tolist() == expected[name].tolist()
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert any(cell.startswith("'@home/") for cell in cells)
    assert {cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))} == {"-1"}
    query = "select id, path from read_csv(?, header=true, quote='\"', escape='\"') order by id"
    found = rows_of(query, out)
    assert found == list(zip(table["id"].tolist(), table["path"].tolist(), strict=True))


def test_parquet_in_pandas_pyarrow_and_duckdb(run: Run, tmp_path: Path) -> None:
    out = exported(run, "parquet", tmp_path)
    expected = content_of(run, select(run, keep_ratio=0.7).ids).table
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected)
    assert pq.read_table(out).column("path").to_pylist() == expected["path"].tolist()
    rows = rows_of("select path, label, score from read_parquet(?)", out)
    columns = ["path", "label", "score"]
    assert rows == list(expected[columns].itertuples(index=False, name=None))


def test_json_and_jsonl(run: Run, tmp_path: Path) -> None:
    expected = content_of(run, select(run, keep_ratio=0.7).ids).table
    value = json.loads(exported(run, "json", tmp_path).read_text(encoding="utf-8"))
    assert value["recipe"]["strategy"] == "flexrand"
    assert value["samples"] == expected.to_dict(orient="records")
    out = exported(run, "jsonl", tmp_path)
    read = pd.read_json(out, lines=True, dtype={"label": str, "percentile": float})
    pd.testing.assert_frame_equal(read, expected)
    assert rows_of("select path from read_json(?)", out) == [(path,) for path in expected["path"]]


@pytest.mark.parametrize("name", TABLES)
def test_tables_come_back_as_they_were(run: Run, name: str) -> None:
    record(run.path, [1, 40], by="a", relabel="=x")
    content = content_of(run, select(run, keep_ratio=0.7).ids, part="both")
    read = exporter(name).table
    assert read is not None
    pd.testing.assert_frame_equal(read(exporter(name).encode(content)), content.table)


def test_the_kept_ids_come_back_from_every_part(run: Run, tmp_path: Path) -> None:
    record(run.path, [0, 9], by="a", verdict="exclude")
    kept = select(run, keep_ratio=0.7).ids
    for name in EXPORTERS:
        assert read_ids(exported(run, name, tmp_path)).tolist() == kept.tolist()
        if exporter(name).both:
            assert read_ids(exported(run, name, tmp_path, "both")).tolist() == kept.tolist()
        out = exported(run, name, tmp_path, "dropped")
        others = np.setdiff1d(run.samples["id"], [*kept, 0, 9])
        assert read_ids(out).tolist() == others.tolist()


def test_the_same_subset_is_the_same_bytes(run: Run) -> None:
    subset = select(run, keep_ratio=0.2)
    for name in EXPORTERS:
        assert encode_subset(run, subset, name) == encode_subset(run, subset, name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.csv", b"id\n1.5\n"),
        ("x.csv", b"id\n-1\n"),
        ("x.csv", b"id\ncat\n"),
        ("x.csv", b"path\na\n"),
        ("x.csv", b""),
        ("x.json", b"[1, 2]"),
        ("x.json", b"3"),
        ("x.json", b"{}"),
        ("x.jsonl", b'{"id": 1'),
        ("x.parquet", b"PAR1"),
        ("x.npy", b"\x93NUMPY"),
    ],
)
def test_what_is_no_subset_is_one_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DLCError, match="holds no column of sample ids"):
        read_ids(tmp_path / name)
