"""A folder of images with metadata.csv or metadata.jsonl: its labels are used, or it is told."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.datasets import find_source
from dlc_core.datasets.archive import extract_zip
from tests.dlc_core.datasets.conftest import Files, same_scores, scored


def pictures(root: Path, *names: str) -> list[str]:
    for place, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), place).save(root / name)
    return list(names)


def table(root: Path, kind: str, rows: list[dict[str, object]]) -> None:
    frame, file = pd.DataFrame(rows), root / f"metadata.{kind}"
    if kind == "csv":
        frame.to_csv(file, index=False)
    elif kind == "parquet":
        frame.to_parquet(file)
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def rows(names: list[str], **more: object) -> list[dict[str, object]]:
    return [
        {"file_name": name, "label": ("oak", "fir")[place % 2], **more}
        for place, name in enumerate(names)
    ]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_scores_are_those_of_the_files(digit_files: Files, tmp_path: Path, kind: str) -> None:
    root = tmp_path / "photos"
    (root / "images").mkdir(parents=True)
    told = []
    for place, (path, label) in enumerate(zip(digit_files.paths, digit_files.labels, strict=True)):
        (root / f"images/{place}.png").write_bytes((digit_files.root / path).read_bytes())
        told.append({"file_name": f"images/{place}.png", "label": label, "age": place})
    table(root, kind, told)
    if kind != "csv":
        assert dlc.load_dataset(root).classes == tuple(sorted(set(digit_files.labels)))
        return
    run = scored(root, out=tmp_path / "run")
    same_scores(run, digit_files)
    assert run.columns["age"].tolist() == list(range(60))
    assert run.info["dataset"]["kind"] == "metadata"


@pytest.mark.parametrize("sub", ["", "images/"])
def test_images_beside_the_table_and_what_it_does_not_name(tmp_path: Path, sub: str) -> None:
    names = pictures(tmp_path, *(f"{sub}{n}.png" for n in range(4)))
    pictures(tmp_path, f"{sub}more.png")
    (tmp_path / "notes.md").write_text("x")
    table(tmp_path, "csv", rows(names))
    data = dlc.load_dataset(tmp_path)
    assert (data.kind, data.classes, len(data.samples)) == ("metadata", ("fir", "oak"), 4)
    assert "1 image is not named in metadata.csv and left out" in data.notes
    assert "1 file is not listed: 1 .md" in data.notes
    assert len(dlc.load_dataset(tmp_path, clusters=2).samples) == 5


def test_parts_have_a_table_each(tmp_path: Path) -> None:
    for part in ("Train", "validation"):
        table(tmp_path / part, "jsonl", rows(pictures(tmp_path / part, "0.png", "1.png")))
    data = dlc.load_dataset(tmp_path)
    assert (data.split, data.splits) == ("train", ("train", "val"))
    assert data.name == f"{tmp_path.name} (train)"
    assert dlc.load_dataset(tmp_path, split="val").root == str(tmp_path / "validation")
    with pytest.raises(dlc.DLCError, match=r"no split 'test' in .* it has train, val"):
        dlc.load_dataset(tmp_path, split="test")


def test_labels_of_the_table_or_of_the_folders(tmp_path: Path) -> None:
    names = pictures(tmp_path, "a/0.png", "b/0.png", "a/1.png", "b/1.png")
    told = rows(names)
    table(tmp_path, "csv", told)
    data = dlc.load_dataset(tmp_path)
    assert (data.classes, "imagefolder:" in data.notes[0]) == (("fir", "oak"), True)
    assert dlc.load_dataset(f"imagefolder:{tmp_path}").classes == ("a", "b")
    table(tmp_path, "csv", [{"file_name": row["file_name"], "text": "a photo"} for row in told])
    data = dlc.load_dataset(tmp_path)
    assert (data.kind, data.classes) == ("imagefolder", ("a", "b"))
    assert "metadata.csv beside the class folders is not read" in " ".join(data.notes)
    table(tmp_path, "csv", [{"name": "x", "label": "y"}])  # of something else
    assert dlc.load_dataset(tmp_path).kind == "imagefolder"


def test_labels_that_are_called_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = pictures(tmp_path, "0.png", "1.png", "2.png", "3.png")
    told = [{"file_name": row["file_name"], "kind": row["label"]} for row in rows(names)]
    table(tmp_path, "csv", told)
    assert main(["look", str(tmp_path)]) == 2
    assert "name it with --label-column" in capsys.readouterr().err
    assert main(["look", str(tmp_path), "--label-column", "kind"]) == 0
    assert "4 images in 2 classes" in capsys.readouterr().out


def test_a_table_that_is_damaged_or_no_file(tmp_path: Path) -> None:
    pictures(tmp_path, "a/0.png", "b/0.png")
    (tmp_path / "metadata.csv").write_bytes(b"\xff\xfe\x00")
    assert dlc.load_dataset(tmp_path).classes == ("a", "b")
    (tmp_path / "metadata.csv").unlink()
    (tmp_path / "metadata.csv").mkdir()
    assert find_source(str(tmp_path)).name == "imagefolder"
    with pytest.raises(dlc.DLCError, match=r"no metadata.csv or .* beside the images"):
        dlc.load_dataset(f"metadata:{tmp_path}")


def test_what_comes_out_of_a_zip_is_read_alike(tmp_path: Path) -> None:
    names = pictures(tmp_path / "set", "images/0.png", "images/1.png")
    table(tmp_path / "set", "csv", rows(names))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for file in (tmp_path / "set").rglob("*.*"):
            packed.write(file, file.relative_to(tmp_path))
    assert dlc.load_dataset(extract_zip(tmp_path / "a.zip", tmp_path / "x")).classes == (
        "fir",
        "oak",
    )
