"""Data for detection is recognised and refused; class folders of such names are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from dlc_core.datasets import load_dataset
from dlc_core.errors import DLCError

COCO = {"images": [{"file_name": "a.png"}], "annotations": [], "categories": []}


def image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(path)


@pytest.mark.parametrize(
    ("folder", "files", "kind"),
    [
        (".", ["images/train/a.png", "labels/train/a.txt", "data.yaml"], "YOLO"),
        ("images", ["images/train/a.png", "labels/train/a.txt"], "YOLO"),
        (".", ["images/a.png", "labels/a.txt"], "YOLO"),
        (".", ["JPEGImages/a.png", "Annotations/a.xml"], "Pascal VOC"),
        (".", ["a.png", "_annotations.coco.json"], "COCO"),
        (".", ["train2017/a.png", "annotations/instances_train2017.json"], "COCO"),
    ],
)
def test_folders(tmp_path: Path, folder: str, files: list[str], kind: str) -> None:
    for name in files:
        if name.endswith(".png"):
            image(tmp_path / name)
        else:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("0 .5 .5 .1 .1")
    with pytest.raises(DLCError, match=rf"laid out for detection \({kind}.*one class"):
        load_dataset(tmp_path / folder)


def test_clusters_need_no_classes(tmp_path: Path) -> None:
    image(tmp_path / "train2017" / "a.png")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "instances_train2017.json").write_text("{}")
    assert len(load_dataset(tmp_path, clusters=2).samples) == 1


def test_a_file_of_annotations(tmp_path: Path) -> None:
    (tmp_path / "instances.json").write_text(json.dumps(COCO))
    with pytest.raises(DLCError, match=r"holds annotations for detection \(COCO\)"):
        load_dataset(tmp_path / "instances.json")


def test_classes_of_such_names_are_classes(tmp_path: Path) -> None:
    for name in ("images/a.png", "labels/b.png", "annotations/c.png"):
        image(tmp_path / name)
    assert load_dataset(tmp_path).classes == ("annotations", "images", "labels")
