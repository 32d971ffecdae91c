"""Parquet files that hold the images, as the hub of Hugging Face gives them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.datasets import parquet_rows
from dlc_core.export import content_of, write_export

COUNT = 12
KEPT_BYTES = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def encoded(row: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (20 * row, 99, 99 * (row % 2))).save(buffer, "PNG")
    return buffer.getvalue()


def metadata(names: list[str]) -> dict[str, str]:
    label = {"names": names, "_type": "ClassLabel"}
    return {"huggingface": json.dumps({"info": {"features": {"label": label}}})}


def hub_file(folder: Path, *, classed: bool = True, group: int = 5, **more: Any) -> Path:
    """Write images in objects, in several row groups."""
    images = [{"bytes": encoded(row), "path": f"{row}.png"} for row in range(COUNT)]
    table = pa.table({
        "image": pa.array(images, KEPT_BYTES), "label": [row % 2 for row in range(COUNT)], **more
    })  # fmt: skip
    if classed:
        table = table.replace_schema_metadata(metadata(["oak", "fir"]))
    file = folder / "train-00000-of-00001.parquet"
    pq.write_table(table, file, row_group_size=group)
    return file


def test_images_labels_and_columns(tmp_path: Path) -> None:
    ids = [None if row == 3 else 2**53 + 1 + row for row in range(COUNT)]
    data = dlc.load_dataset(hub_file(tmp_path, patient=pa.array(ids, pa.int64()), boxes=[[1]] * 12))
    assert data.classes == ("oak", "fir")
    assert [sample.path for sample in data.samples[:3]] == ["oak/0.png", "fir/1.png", "oak/2.png"]
    assert [None if pd.isna(one) else one for one in data.columns["patient"]] == ids
    assert "boxes" in data.notes[0]
    for sample in (*data.samples, *reversed(data.samples)):
        assert data.encoded is not None
        assert data.encoded(sample) == encoded(sample.id)
        assert np.asarray(data.read(sample))[0, 0].tolist() == [
            20 * sample.id,
            99,
            99 * (sample.id % 2),
        ]


def test_rows_are_read_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order, with less in memory than a row group."""
    monkeypatch.setattr(parquet_rows, "_KEPT", 250)
    rows = parquet_rows.ImageRows(hub_file(tmp_path, group=7), "image")
    for row in (0, 1, 11, 6, 7, 3, 11, 0, *range(COUNT)):
        assert rows.image(row) == encoded(row)
        assert len(rows._cells) <= 3
        assert rows._size == sum(cells.nbytes for cells in rows._cells.values()) <= 250
    (tmp_path / "train-00000-of-00001.parquet").unlink()
    with pytest.raises(dlc.DLCError, match="bring it back"):
        rows.image(0)


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
@pytest.mark.parametrize("column", ["image", "img_bytes", "jpg"])
def test_bytes_without_objects(tmp_path: Path, kind: pa.DataType, column: str) -> None:
    images = pa.array([encoded(row) for row in range(COUNT)], kind)
    pq.write_table(pa.table({column: images, "label": ["a", "b"] * 6}), tmp_path / "t.parquet")
    data = dlc.load_dataset(tmp_path / "t.parquet")
    assert [sample.path for sample in data.samples[:2]] == ["a/000000.png", "b/000001.png"]
    assert data.read(data.samples[0]).size == (8, 8)


def test_a_column_of_paths_comes_first_unless_the_other_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(encoded(1))
    table = pa.table({"path": ["x.png"], "thumb": [encoded(0)], "label": ["a"]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert dlc.load_dataset(tmp_path / "t.parquet").root
    data = dlc.load_dataset(tmp_path / "t.parquet", image_column="thumb")
    assert (data.root, data.columns["path"].tolist()) == ("", ["x.png"])


def test_paths_that_some_program_wrote_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "\u00fc.png").write_bytes(encoded(1))
    table = pa.table({"path": pa.array(["\u00fc.png".encode()], pa.binary()), "label": [b"a"]})
    pq.write_table(table, tmp_path / "t.parquet")
    data = dlc.load_dataset(tmp_path / "t.parquet")
    assert ([sample.path for sample in data.samples], data.classes) == (["\u00fc.png"], ("a",))


def test_rows_without_image_or_label_are_faults(tmp_path: Path) -> None:
    (tmp_path / "beside.png").write_bytes(encoded(4))
    rows = [
        {"bytes": encoded(0), "path": None}, None, {"bytes": None, "path": "beside.png"},
        {"bytes": None, "path": "../outside.png"}, {"bytes": None, "path": "gone.png"},
        {"bytes": b"no image", "path": "z.png"}, {"bytes": encoded(0), "path": "a/b.png"},
    ]  # fmt: skip
    labels = pa.array([0, 1, 0, 1, 0, 1, -1], pa.int64())
    table = pa.table({"image": pa.array(rows, KEPT_BYTES), "label": labels})
    pq.write_table(table.replace_schema_metadata(metadata(["a", "b"])), tmp_path / "t.parquet")
    data = dlc.load_dataset(tmp_path / "t.parquet")
    assert [fault.error for fault in data.faults] == ["has no label"]
    said = []
    for sample in data.samples:
        try:
            said.append(str(data.read(sample).size))
        except dlc.datasets.UnreadableImage as fault:
            said.append(str(fault))
    assert said[:5] == [
        "(8, 8)", "the row has no image", "(8, 8)", "the file of the row is missing",
        "the file of the row is missing",
    ]  # fmt: skip
    assert "image" in said[5]


def test_a_split_and_groups(tmp_path: Path) -> None:
    file = hub_file(tmp_path, split=["test", "train", "train"] * 4, patient=list(range(COUNT)))
    data = dlc.load_dataset(file, group_column="patient")
    assert len(data.samples) == 8
    assert data.columns["patient"].tolist()[:3] == ["1", "2", "4"]
    assert data.encoded is not None
    assert data.encoded(data.samples[1]) == encoded(2)
    assert len(dlc.load_dataset(file, split="test").samples) == 4


def test_it_is_scored_and_exported(tmp_path: Path) -> None:
    run = tmp_path / "run"
    file = hub_file(tmp_path, classed=False)
    command = ["score", str(file), "--masks", "1", "--backbone", "demo", "--out", str(run)]
    assert main(command) == 0
    scored = dlc.Run.open(run)
    assert scored.classes == ["0", "1"]
    content = content_of(scored, scored.samples["id"].to_numpy()[:3])
    write_export(content, tmp_path / "tree", format_name="imagefolder")
    assert (tmp_path / "tree/0/2.png").read_bytes() == encoded(2)


def test_no_message_holds_an_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    noise = [rng.bytes(50_000) for _ in range(3)]
    pq.write_table(pa.table({"image": noise, "what": ["a", "b", "c"]}), tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text(
        "path,label\n" + "".join(f"{'x' * 9999}{n},a\n" for n in range(3))
    )
    (tmp_path / "w.csv").write_text(",".join("c" * 5000 + str(n) for n in range(9)) + "\n1\n")
    (tmp_path / "l.csv").write_text(
        "path,label\n" + "".join(f"{n},{'y' * 99999}{n}\n" for n in range(3))
    )
    (tmp_path / "j.json").write_text('{"' + "k" * 99999 + '": ' * 3)
    for file in sorted(tmp_path.iterdir()):
        assert main(["look", str(file)]) == 2, file
        said = capsys.readouterr()
        assert len(said.err) < 600, file
        assert not said.out


def test_no_line_of_a_look_is_long(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.png").write_bytes(encoded(1))
    names = ["y" * 199 + str(row) for row in range(9)]
    rows = "".join(f"{'z/' * 900}{row}.png,{name}\n" for row, name in enumerate(names))
    (tmp_path / "t.csv").write_text(f"path,label,{'c' * 9999}\nx.png,a\n{rows}")
    assert main(["look", str(tmp_path / "t.csv")]) == 0
    said = capsys.readouterr().out
    assert "10 images in 10 classes" in said
    assert max(map(len, said.splitlines())) <= 500
