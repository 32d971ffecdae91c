"""Who reads a file: records go to the reader of records, tables of images where they went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlc_core.cli import main
from dlc_core.data_roots import VARIABLE
from dlc_core.datasets import find_source, read_dataset
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError

RECORD = {"prompt": "p", "response": "r", "split": "train"}


def lines(file: Path, *records: Any) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(json.dumps(one) + "\n" for one in records))
    return file


def test_tables_of_images_stay_tables(tmp_path: Path) -> None:
    with_path = lines(tmp_path / "a.jsonl", {**RECORD, "image": "x.png", "label": "cat"})
    without = lines(tmp_path / "b.jsonl", {"photo": "x.png", "label": "cat"})
    pictures = tmp_path / "c.parquet"
    pq.write_table(pa.Table.from_pylist([{"text": "t", "photo": {"bytes": b"\x89"}}]), pictures)
    captions = lines(tmp_path / "d" / "metadata.jsonl", {"file_name": "x.png", "text": "a cat"})
    among = lines(tmp_path / "e" / "captions.jsonl", {"text": "a cat"})
    among.with_name("x.png").touch()
    for path, reader in (
        (with_path, "table"), (without, "table"), (pictures, "table"),
        (captions, "table"), (captions.parent, "metadata"), (among.parent, "imagefolder"),
        (tmp_path / "gone.jsonl", "table"),
    ):  # fmt: skip
        assert find_source(str(path)).name == reader, path


def test_what_is_asked_says_who_reads(tmp_path: Path) -> None:
    records = str(lines(tmp_path / "a.jsonl", RECORD))
    table = str(lines(tmp_path / "b.jsonl", {"q": "Q", "a": "A"}))
    assert find_source(records).name == "instructions"
    assert find_source(records, Asked(image_column="prompt")).name == "table"
    assert find_source(table).name == "table"
    named = Asked(prompt_column="q", response_column="a")
    assert find_source(table, named).name == "instructions"
    with pytest.raises(DLCError, match="table has no use for --layout alpaca"):
        read_dataset(f"table:{table}", Asked(layout="alpaca"))
    with pytest.raises(DLCError, match="no use for --clusters 3"):
        read_dataset(f"instructions:{records}", Asked(clusters=3))
    with pytest.raises(DLCError, match="has no split 'test'"):
        read_dataset(records, Asked(split="test"))


def test_a_folder_of_files_is_sources_or_parts(tmp_path: Path) -> None:
    for name in ("train-0.jsonl", "train-1.jsonl", "test.jsonl"):
        lines(tmp_path / "parts" / name, RECORD, RECORD)
    (tmp_path / "parts" / "README.md").touch()
    (tmp_path / "parts" / "dataset_info.json").write_text("{}")
    train = read_dataset(str(tmp_path / "parts"), Asked())
    assert (train.name, train.split, train.splits) == ("parts (train)", "train", ("test", "train"))
    assert [one.path for one in train.samples[1:3]] == ["train-0.jsonl#1", "train-1.jsonl#0"]
    assert train.columns["source"].tolist()[::2] == ["train-0.jsonl", "train-1.jsonl"]
    assert len(read_dataset(str(tmp_path / "parts"), Asked(split="test")).samples) == 2


def test_a_saved_dataset_and_its_parts(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    part = datasets.Dataset.from_list([RECORD] * 3)
    datasets.DatasetDict(train=part, test=part.select([0])).save_to_disk(tmp_path / "saved")
    found = read_dataset(str(tmp_path / "saved"), Asked())
    assert (found.kind, found.name, len(found.samples)) == ("instructions", "saved (train)", 3)
    assert found.samples[2].path == "saved/train#2"


def test_a_dashboard_reads_below_its_roots_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = (
        lines(tmp_path / "in" / "a.jsonl", RECORD),
        lines(tmp_path / "b.jsonl", RECORD),
    )
    inside.with_name("link.jsonl").symlink_to(outside)
    monkeypatch.setenv(VARIABLE, json.dumps([str(inside.parent)]))
    for name in ("DLC_RUNS", "DLC_DATASETS"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert len(read_dataset(str(inside), Asked()).samples) == 1
    for path in (outside, inside.with_name("link.jsonl"), inside.parent):
        with pytest.raises(DLCError, match="outside the folders this dashboard may read"):
            read_dataset(f"instructions:{path}", Asked())


def test_scoring_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = lines(tmp_path / "train.jsonl", RECORD)
    assert main(["score", str(file), "--backbone", "demo", "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert "train holds 1 record; scoring them needs a causal language model" in said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "count", "copies"),
    [("alpaca_1000.json", 999, 14), ("alpaca_500.jsonl", 500, 0), ("dolly_800.json", 800, 0)],
)
def test_files_that_people_have(name: str, count: int, copies: int, shared: Path) -> None:
    file = shared / "text" / name
    if not file.is_file():
        pytest.skip(f"{name} is not here")
    dataset = read_dataset(str(file), Asked())
    assert (len(dataset.samples), dataset.faults) == (count, ())
    assert set(dataset.columns["layout"]) == {"alpaca"}
    assert sum("~" in key for key in dataset.columns["key"]) == copies
    assert dataset.encoded is not None
    raws = list(map(dataset.encoded, dataset.samples))
    if name.endswith(".jsonl"):
        assert b"".join(raws) == file.read_bytes()
    else:
        assert list(map(json.loads, raws)) == json.loads(file.read_bytes())
