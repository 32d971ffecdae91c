"""Containers: every record is had again as the bytes that it was, in any file that holds it."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlc_core.datasets import read_dataset
from dlc_core.datasets.dataset import Dataset
from dlc_core.datasets.instructions.layouts import LAYOUTS
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError
from tests.dlc_core.datasets.instructions.test_layouts import GOOD, records_in

# What a pass through a parser would change.
NASTY = (
    b'\xef\xbb\xbf{"instruction": "\\u0041\\u00e9 \\ud83d\\ude00", '
    b'"output": "\xf0\x9f\x98\x80"}\r\n',
    b'{"output":"b","instruction":"1e400","meta":{"n":1e400,"list":[1,{"deep":null}],"i":'
    + b"9" * 5000
    + b"}}\n",
    b'{"instruction": "first", "instruction": "second", "output": "c", "input": null}\n',
    b'  {"instruction": "blanks"  ,"output":"d\\\\\\"]}"}  \r\n',
    b'{"instruction": "long", "output": "' + b"x" * 2_000_000 + b'"}\n',
    b'{"instruction": "last", "output": "no newline", "extra": [[], {}]}',
)
FAULTS = (b'{"instruction": "cut\n', b'{"instruction": "\xff", "output": "y"}\n', b"3\n", b"[]\n")


def raws(dataset: Dataset) -> list[bytes]:
    assert dataset.encoded is not None
    return [dataset.encoded(sample) for sample in dataset.samples]


def test_lines_come_back_byte_for_byte(tmp_path: Path) -> None:
    mixed = b"".join((NASTY[0], FAULTS[0], NASTY[1], b"\n", *FAULTS[1:], *NASTY[2:]))
    plain, packed = tmp_path / "n.jsonl", tmp_path / "n.jsonl.gz"
    plain.write_bytes(mixed)
    packed.write_bytes(gzip.compress(mixed))
    with pa.CompressedOutputStream(str(tmp_path / "n.ndjson.zst"), "zstd") as stream:
        stream.write(mixed)
    for file in (plain, packed, tmp_path / "n.ndjson.zst"):
        dataset = read_dataset(str(file), Asked())
        assert dataset.kind == "instructions"
        assert raws(dataset) == list(NASTY)
        lines = [fault.error.rpartition("(")[2] for fault in dataset.faults]
        assert lines == ["line 2)", "line 5)", "line 6)", "line 7)"]
        assert [one.id for one in dataset.samples] == [0, 2, 6, 7, 8, 9]
    texts = [one.messages[0].text for one in records_in(packed)]
    assert texts[:3] == ["Aé 😀", "1e400", "second"]
    back = random.Random(0).sample(dataset.samples, 6)
    assert [dataset.encoded(one) for one in back] == [  # type: ignore[misc]
        NASTY[dataset.samples.index(one)] for one in back
    ]


def test_elements_of_an_array_come_back_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elements = [line.removeprefix(b"\xef\xbb\xbf").strip() for line in NASTY]
    file = tmp_path / "array.json"
    file.write_bytes(b"\xef\xbb\xbf [\n" + b" ,\r\n".join((*elements, b"7", b'{"a" 1}')) + b"\n] ")
    for part in (1 << 20, 7):  # bytes that are read at once
        monkeypatch.setattr("dlc_core.datasets.instructions.json_array._PART", part)
        dataset = read_dataset(str(file), Asked())
        assert raws(dataset) == elements
        assert [one.error for one in dataset.faults] == [
            "it is a number, not an object of fields (line 8)",
            "it is no JSON (Expecting ':' delimiter) (line 9)",
        ]
    assert [one.messages[0].text for one in records_in(file)][3:] == ["blanks", "long", "last"]


def as_json(file: Path, records: list[dict[str, Any]]) -> None:
    file.write_text(json.dumps(records, indent=1))


def as_lines(file: Path, records: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()
    file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)


def as_parquet(file: Path, records: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(records), file, row_group_size=2)


WRITERS: dict[str, Callable[[Path, list[dict[str, Any]]], None]] = {
    "x.json": as_json, "x.jsonl": as_lines, "x.jsonl.gz": as_lines, "x.parquet": as_parquet,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_the_same_in_each_container(layout: str, tmp_path: Path) -> None:
    """Its keys as well, shuffled, too; k copies of one content have the same k keys."""
    fields = GOOD[layout][0][0]
    records = [fields, fields, *[one for one, _, _ in GOOD[layout][:1]]]
    other = json.loads(json.dumps(fields).replace("Hello", "Bye").replace('"x"', '"z"'))
    found = []
    for name, write in WRITERS.items():
        for order in (records + [other], [other] + records):  # noqa: RUF005
            write(tmp_path / name, order)
            said = records_in(tmp_path / name)
            assert len(said) == 4
            assert {one.layout for one in said} == {layout}
            assert all(tuple(one.messages) == tuple(GOOD[layout][0][1]) for one in said[1:3])
            found.append(sorted(one.key for one in said))
    assert all(one == found[0] for one in found)
    assert sum("~" in key for key in found[0]) in (2, 3)


def test_rows_of_tables_are_found_by_their_place(tmp_path: Path) -> None:
    rows = [{"instruction": f"i{n}", "input": "", "output": f"o\n{n}"} for n in range(700)]
    table = pa.Table.from_pylist(rows)
    when = pa.array([2**62] * 700, pa.timestamp("us"))  # no Python value
    pq.write_table(table.append_column("when", when), tmp_path / "t.parquet", row_group_size=300)
    with (tmp_path / "t.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["instruction", "input", "output"])
        writer.writeheader()
        writer.writerows(rows)
    pytest.importorskip("datasets").Dataset.from_list(rows).save_to_disk(tmp_path / "saved")
    for name in ("t.parquet", "t.csv", "saved"):
        dataset = read_dataset(str(tmp_path / name), Asked())
        read: Any = dataset.read
        assert (dataset.kind, len(dataset.samples)) == ("instructions", 700)
        for at in (0, 699, 300, 255, 256, 3, 599):
            record = read(dataset.samples[at])
            assert record.raw.row == at
            assert record.messages[1].text == f"o\n{at}"


def test_a_file_that_changed_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    as_lines(file, [{"text": "a"}])
    dataset = read_dataset(str(file), Asked())
    as_lines(file, [{"text": "other"}])
    with pytest.raises(DLCError, match=r"x.jsonl has changed since it was listed"):
        dataset.read(dataset.samples[0])
