"""One reader for all tables: how spreadsheets, other programs and other countries write them."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.datasets.numeric_columns import all_numbers, decimals_in, numbers_in
from dlc_core.datasets.table_reading import read_table, table_in, table_suffix

PLAIN = "path,label\na.png,K\u00e4fer\nb.png,Birne\n"
SEMICOLONS = PLAIN.replace(",", ";")
EXPECTED = [["a.png", "K\u00e4fer"], ["b.png", "Birne"]]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv", PLAIN.encode("utf-8-sig")),
        ("t.csv", PLAIN.encode("utf-16")),
        ("t.csv", b"\xfe\xff" + PLAIN.encode("utf-16-be")),
        ("t.csv", PLAIN.encode("utf-32")),
        ("t.CSV", PLAIN.replace("\n", "\r\n").encode()),
        ("t.csv", PLAIN.replace("\n", "\r").encode()),
        ("t.csv", ("sep=;\n" + SEMICOLONS).encode()),
        ("t.csv", ("\ufeffsep=;\r\n" + SEMICOLONS.replace("\n", "\r\n")).encode()),
        ("t.csv", ('"sep=\t"\n' + PLAIN.replace(",", "\t")).encode()),
        ("t.csv", ("# by hand\n\n,,\n" + PLAIN).encode()),
        ("t.csv", PLAIN.replace(",", ' ,').replace(" ,", ', "').replace("\n", '"\n').encode()),
        ("t.csv", (PLAIN + ",\n,\n").encode()),
        ("t.csv", PLAIN.replace("label", "label,").replace("r\n", "r,\n")
         .replace("e\n", "e,\n").encode()),
        ("t.csv", PLAIN.replace(",", " ").encode()),
        ("t.tsv", PLAIN.replace(",", "\t").encode()),
        ("t.csv.gz", gzip.compress(PLAIN.encode(), mtime=0)),
        ("t.tsv.bz2", bz2.compress(PLAIN.replace(",", "\t").encode())),
        ("t.csv.xz", lzma.compress(SEMICOLONS.encode("utf-16"))),
        ("list.txt", b"a.png K\xc3\xa4fer\nb.png\tBirne\n\n"),
        ("list.txt", PLAIN.partition("\n")[2].encode()),
        ("list.txt", PLAIN.encode()),
        ("t.txt", PLAIN.replace(",", " ").encode()),
    ],
)  # fmt: skip
def test_tables_of_text(name: str, data: bytes) -> None:
    assert table_in(data, name).to_numpy().tolist() == EXPECTED


RECORDS = [{"path": a, "label": b} for a, b in EXPECTED]
LINES = "".join(json.dumps(row) + "\n" for row in RECORDS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.json", json.dumps(RECORDS)),
        ("t.json", json.dumps({"recipe": {}, "samples": RECORDS})),
        ("t.json", LINES),
        ("t.jsonl", LINES),
        ("t.ndjson", LINES.replace("\n", "\r\n\r\n")),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_json(name: str, text: str, encoding: str) -> None:
    assert table_in(text.encode(encoding), name).to_numpy().tolist() == EXPECTED
    assert table_in(gzip.compress(text.encode(encoding)), f"{name}.gz").shape == (2, 2)


def test_numbers_of_json_that_a_float_does_not_have() -> None:
    row = '{"path": "a", "id": 18446744073709551617, "x": 0.12345678901234567890, "y": 1.50,'
    table = table_in((row + ' "big": 1e999, "none": NaN, "inf": Infinity, "one": 1.0}').encode(),
                     "t.jsonl")  # fmt: skip
    found = table.iloc[0].tolist()
    assert found[:5] == ["a", 2**64 + 1, "0.12345678901234567890", 1.5, "1e999"]
    assert [str(cell) for cell in found[5:]] == ["None", "Infinity", "1.0"]


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("path,label,label ", ["path", "label", "label.1"]),
        ("path, path,label", ["path", "path.1", "label"]),
        ("label,label,label.1", ["label", "label.2", "label.1"]),
        ("path, label ,Label", ["path", "label", "Label"]),
    ],
)
def test_each_column_has_a_name_of_its_own(head: str, names: list[str]) -> None:
    assert list(table_in(f"{head}\na,b,c\n".encode(), "t.csv").columns) == names


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("t.csv", "path,label\nK\u00e4fer,a\n".encode("cp1252"), "t.csv is not UTF-8 text"),
        ("t.csv.gz", b"no gzip", "cannot read the table t.csv.gz"),
        ("t.csv.gz", gzip.compress(PLAIN.encode(), mtime=0)[:-9], "cannot read the table t.csv.gz"),
        ("list.txt", b"a.png oak\nb.png\n", r"a line without a label \('b.png'\)"),
        ("list.txt", b"", "has no rows"),
        ("t.csv", b"sep=;\n\n", "is empty"),
        ("t.xlsx", b"PK", "t.xlsx is no table; expected .csv, .tsv"),
        ("t.csv", b"path,label\n,\n,\n", "has no rows"),
    ],
)
def test_what_is_no_table(name: str, data: bytes, words: str) -> None:
    with pytest.raises(dlc.DLCError, match=words):
        table_in(data, name)


def test_suffixes() -> None:
    assert table_suffix("a.b.CSV") == ".csv"
    assert table_suffix("a.jsonl.gz") == ".jsonl.gz"
    for name in ("a.parquet.gz", "a.gz", "a.tar.gz", "csv", "a.png"):
        assert table_suffix(name) is None


@pytest.mark.parametrize("index", ["path", "label", ["path", "label"], None])
def test_an_index_of_pandas_is_a_column(tmp_path: Path, index: Any) -> None:
    table = pd.DataFrame(EXPECTED, columns=["path", "label"])
    # An index of numbers without a name is none of theirs.
    table = table.iloc[::-1] if index is None else table.set_index(index)
    table.to_parquet(tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet")
    assert sorted(read.columns) == ["label", "path"]
    assert sorted(read["path"]) == ["a.png", "b.png"]


def test_an_index_of_text_without_a_name_is_kept(tmp_path: Path) -> None:
    pd.DataFrame({"label": ["x", "y"]}, index=["a", "b"]).to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet")["index"].tolist() == ["a", "b"]


def test_repeated_columns_are_told(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "t.csv").write_text("path, path,label,label \na.png,z,oak,x\n")
    data = dlc.load_dataset(tmp_path / "t.csv")
    assert (data.classes, sorted(data.columns)) == (("oak",), ["label.1", "path.1"])
    assert "has the column path more than once; the first is taken" in data.notes[0]


NAN = float("nan")


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["0.5", " -2 ", None, ""], [0.5, -2, NAN, NAN]),
        (["0,5", "1", "-2,25e1"], [0.5, 1, -22.5]),
        (["1,5", "2.5"], [NAN, 2.5]),  # which one is meant?
        (["1_0", "0x1", "inf", "nan", "\u0661", "1e"], [NAN] * 6),
        ([1, 2.5, True, "3"], [1, 2.5, NAN, 3]),
    ],
)
def test_numbers_as_people_write_them(cells: list[Any], numbers: list[float]) -> None:
    values = pd.Series(cells, dtype=object)
    np.testing.assert_array_equal(numbers_in(values), numbers)
    given = [one for cell, one in zip(cells, numbers, strict=True) if cell not in (None, "")]
    assert all_numbers(values) == all(one == one for one in given)


def test_text_that_is_looked_at_as_numbers() -> None:
    found = decimals_in(pd.Series(["0.50", "2", None]))
    assert found is not None
    np.testing.assert_array_equal(found, [0.5, 2, NAN])
    for cells in (["007", "1.5"], ["12", "13"], ["1" * 16 + ".5"], ["a"], ["1e5"], [None], ["1,5"]):
        assert decimals_in(pd.Series(cells, dtype=object)) is None, cells
