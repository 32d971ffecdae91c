"""Folders of parts: known by name and by what is in them; a class called train stays one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.datasets.dataset import Dataset
from dlc_core.datasets.splits import PartName, part_of
from dlc_core.issues.identical_files import leaks


def tree(root: Path, *folders: str, count: int = 2) -> Path:
    """Make folders of small pictures; a folder that ends in / stays empty."""
    for place, folder in enumerate(folders):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(0 if folder.endswith("/") else count):
            Image.new("L", (4, 4), place * 9 + number).save(root / folder / f"{number}.png")
    return root


def parts(root: Path, *names: str, classes: tuple[str, ...] = ("oak", "fir")) -> Path:
    return tree(root, *(f"{name}/{label}" for name in names for label in classes))


def said(data: Dataset) -> str:
    return " ".join((*data.cautions, *data.notes))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train", PartName("train", ())),
        ("TRAINING", PartName("train", ())),
        ("training_set", PartName("train", ())),
        ("TrainImages2017", PartName("train", ())),
        ("seg_train", PartName("train", ("seg",))),
        ("chest-xray-val", PartName("val", ("chest", "xray"))),
        ("Validation Data", PartName("val", ())),
        ("dev", PartName("val", ())),
        ("testset", PartName("test", ())),
        ("trainval", PartName("train", ())),
        ("train_val", PartName("train", ())),
        ("seg_pred", PartName("other", ("seg",))),
        ("train_test_split", None),
        ("strainer", None),
        ("contest", None),
        ("bus", None),
    ],
)
def test_what_a_name_says(name: str, expected: PartName | None) -> None:
    assert part_of(name) == expected


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("Training", "Testing"), ("train", "test")),
        (("Train", "Valid", "Test"), ("train", "val", "test")),
        (("TRAIN", "TEST"), ("train", "test")),
        (("training_set", "test_set"), ("train", "test")),
        (("seg_train", "seg_test", "seg_pred"), ("train", "test", "seg_pred")),
        (("train2017", "val2017"), ("train", "val")),
        (("images_train", "images_dev"), ("train", "val")),
        (("train", "test", "unlabeled"), ("train", "test", "unlabeled")),
        (("train", "test", "augmented"), ("train", "test", "augmented")),
        (("train",), ("train",)),
        (("Training", "Test", "a_test_of_more"), ("train", "test", "a_test_of_more")),
    ],
)
def test_parts_of_any_spelling(
    tmp_path: Path, names: tuple[str, ...], splits: tuple[str, ...]
) -> None:
    root = parts(tmp_path / "data", *names)
    data = dlc.load_dataset(root)
    assert (data.classes, data.split, data.splits) == (("fir", "oak"), "train", splits)
    assert data.root == str(root / names[0])
    assert data.name == f"data/{names[0]}"
    for split, folder in zip(splits, names, strict=True):
        for asked in (split, folder):
            assert dlc.load_dataset(root, split=asked).root == str(root / folder)
    if "val" in splits:
        assert dlc.load_dataset(root, split="validation").split == "val"
    whole = dlc.load_dataset(root, split="none")
    assert whole.classes == tuple(sorted(names))
    assert whole.split is None


def test_parts_without_labels_and_folders_beside_them(tmp_path: Path) -> None:
    root = tree(parts(tmp_path, "train"), "test", "previews")
    (root / "annotations").mkdir()
    (root / "annotations" / "x.txt").write_text("x")
    data = dlc.load_dataset(root)
    assert (data.classes, data.splits) == (("fir", "oak"), ("train", "test"))
    assert "Left out beside the parts: previews; take it with --split previews" in said(data)
    tree(root, "cat", "dog")
    data = dlc.load_dataset(root)
    assert data.classes == ("cat", "dog", "previews", "test", "train")  # most are no parts
    assert "named like parts" in data.cautions[0]
    assert "--split train" in data.cautions[0]
    assert dlc.load_dataset(root, split="train").classes == ("fir", "oak")
    for name in ("previews", "cat", "dog"):
        shutil.rmtree(root / name)
    assert dlc.load_dataset(root).classes == ("fir", "oak")
    with pytest.raises(dlc.DLCError, match=r"no class folders in .*test"):
        dlc.load_dataset(root, split="test")
    parts(root, "valid")
    assert dlc.load_dataset(root).splits == ("train", "val", "test")


def test_a_wrapping_folder_is_stepped_into_and_said(tmp_path: Path) -> None:
    root = parts(tmp_path / "download", "xray/Train", "xray/Test")
    data = dlc.load_dataset(root)
    assert (data.name, data.split, data.classes) == ("xray/Train", "train", ("fir", "oak"))
    assert "in xray, the only folder there with images" in said(data)
    assert dlc.load_dataset(root, split="test").split == "test"
    root = parts(tmp_path / "flowers", "images/jpg")
    assert dlc.load_dataset(root).classes == ("fir", "oak")
    assert "in images/jpg" in said(dlc.load_dataset(root))
    root = parts(tmp_path / "intel", "seg_train/seg_train", "seg_test/seg_test")
    data = dlc.load_dataset(root)
    assert (data.classes, data.splits) == (("fir", "oak"), ("train", "test"))
    assert "in seg_train/seg_train" in said(data)
    found = leaks(data.root, ["oak/0.png"])
    assert found == {}
    (root / "seg_test/seg_test/fir/9.png").write_bytes((Path(data.root) / "oak/0.png").read_bytes())
    assert leaks(data.root, ["oak/0.png"]) == {"oak/0.png": "seg_test/seg_test/fir/9.png"}


def test_what_is_no_wrapping_folder(tmp_path: Path) -> None:
    """One class, with folders in it, beside others that are empty or hold pictures of a phone."""
    for beside in ("fir/", "fir/x.heic"):
        root = tree(
            tmp_path / beside[-2], "oak/2020", "oak/2021", *([beside] if beside == "fir/" else [])
        )
        (root / "fir").mkdir(exist_ok=True)
        if beside != "fir/":
            (root / beside).write_bytes(b"x")
        assert dlc.load_dataset(root).classes == ("oak",)
    assert dlc.load_dataset(tree(tmp_path / "flat", "oak")).classes == ("oak",)
    assert dlc.load_dataset(tree(tmp_path / "year", "oak/2020")).classes == ("oak",)


@pytest.mark.parametrize(
    ("folders", "caution"),
    [
        (("bus", "train", "plane"), ""),
        (("bus", "test", "plane"), ""),
        (("valid", "invalid"), ""),
        (("bus", "train/steam", "train/diesel"), "The folder train is named like a part"),
        (("freight_train", "steam_train"), ""),
        (
            ("freight_train/a", "freight_train/b", "test_tube/c"),
            "freight_train, test_tube are named",
        ),
        (("dev", "test"), "The folders dev, test are named like parts"),
        (("train", "test"), "The folders train, test are named like parts"),
        (
            ("siteA/ill", "siteA/well", "siteB/ill", "siteB/well"),
            r"hold the same folders \(ill, well\)",
        ),
        (("cat/images", "cat/masks", "dog/images", "dog/masks"), r"\(images, masks\)"),
        (("cat/a", "dog/b"), ""),
    ],
)
def test_classes_stay_classes_with_a_caution_where_it_is_unsure(
    tmp_path: Path, folders: tuple[str, ...], caution: str
) -> None:
    data = dlc.load_dataset(tree(tmp_path, *folders))
    assert data.classes == tuple(sorted({name.split("/")[0] for name in folders}))
    assert data.split is None
    assert bool(data.cautions) == bool(caution)
    assert re.search(caution, " ".join(data.cautions))


def test_images_without_labels_in_parts(tmp_path: Path) -> None:
    root = tree(tmp_path, "Train", "Test")
    data = dlc.load_dataset(root, clusters=2)
    assert (data.split, len(data.samples)) == ("train", 2)
    assert len(dlc.load_dataset(root, clusters=2, split="none").samples) == 4
    assert len(dlc.load_dataset(tree(tmp_path / "all", "x/a", "x/b"), clusters=2).samples) == 4


def test_two_parts_of_one_kind_must_be_chosen(tmp_path: Path) -> None:
    root = parts(tmp_path, "train1", "train2", "test")
    with pytest.raises(dlc.DLCError, match="has the parts train1, train2, test; choose one"):
        dlc.load_dataset(root)
    assert dlc.load_dataset(root, split="train2").root == str(root / "train2")
    assert dlc.load_dataset(parts(root, "train")).root == str(root / "train")


def test_the_commands_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree(tmp_path / "data", "dev", "test")
    assert main(["look", str(root)]) == 0
    assert "caution: The folders dev, test" in capsys.readouterr().out
    command = ["score", str(root), "--masks", "2", "--backbone", "demo"]
    assert main([*command, "--out", str(tmp_path / "run")]) == 0
    assert "caution: The folders dev, test" in capsys.readouterr().err
    assert main(["look", str(root), "--split", "train"]) == 2
    assert "has val, test; expected one of them" in capsys.readouterr().err.replace("it ", "")
