from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

import dlc_core as dlc
from dlc_core.datasets.dataset import Dataset


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (9, 9, 9)).save(path)


def paths(dataset: Dataset) -> list[str]:
    return [sample.path for sample in dataset.samples]


def test_order_and_class_ids_are_torchvisions(tmp_path: Path) -> None:
    for name in (
        "zebra/b.png",
        "zebra/a.JPG",
        "Ant/10.png",
        "Ant/9.png",
        "Ant/sub/x.png",
        "Ant/sub-b/y.png",
        "Ant/sub/z/x.png",
        "ø/é.png",
    ):
        picture(tmp_path / name.replace(".JPG", ".jpg"))
    (tmp_path / "zebra/a.jpg").rename(tmp_path / "zebra/a.JPG")
    (tmp_path / "Ant/notes.txt").write_text("no image")
    dataset = dlc.load_dataset(tmp_path)
    reference = ImageFolder(str(tmp_path))
    assert list(dataset.classes) == reference.classes
    expected = [(str(Path(p).relative_to(tmp_path)), c) for p, c in reference.samples]
    assert [(s.path, s.class_id) for s in dataset.samples] == expected
    assert [s.id for s in dataset.samples] == list(range(len(expected)))


def test_splits_are_seen_and_train_is_the_default(tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        picture(tmp_path / split / "a" / f"{split}.png")
        picture(tmp_path / split / "b" / f"{split}.png")
    assert paths(dlc.load_dataset(tmp_path)) == ["a/train.png", "b/train.png"]
    assert paths(dlc.load_dataset(tmp_path, split="test")) == ["a/test.png", "b/test.png"]
    assert dlc.load_dataset(tmp_path).name == f"{tmp_path.name}/train"
    assert dlc.load_dataset(tmp_path / "val").split is None


def test_a_class_named_train_is_a_class(tmp_path: Path) -> None:
    for name in ("bus", "plane", "train"):
        picture(tmp_path / name / "1.png")
    assert dlc.load_dataset(tmp_path).classes == ("bus", "plane", "train")


def test_litter_is_ignored_and_strange_things_are_faults(tmp_path: Path) -> None:
    picture(tmp_path / "a/1.png")
    picture(tmp_path / "b/1.png")
    picture(tmp_path / "b/nested/deep.png")
    picture(tmp_path / "stray.png")
    picture(tmp_path / ".hidden/x.png")
    picture(tmp_path / "__MACOSX/x.png")
    picture(tmp_path / "a/.x.png")
    (tmp_path / "a/Thumbs.db").write_bytes(b"x")
    (tmp_path / "b/folder.png").mkdir()
    (tmp_path / "b/loop").symlink_to("..")
    (tmp_path / "b/dangling.png").symlink_to("/nonexistent/x.png")
    (tmp_path / "b/self.png").symlink_to("self.png")
    os.mkfifo(tmp_path / "b/fifo.png")
    (tmp_path / "b/zero.png").symlink_to("/dev/zero")
    (tmp_path / "empty").mkdir()
    dataset = dlc.load_dataset(tmp_path)
    assert dataset.classes == ("a", "b")
    assert "is no class here: empty (empty)" in dataset.cautions[0]
    assert {fault.path for fault in dataset.faults} == {"stray.png", "b/folder.png", "b/loop"}
    reasons = {}
    for sample in dataset.samples:
        try:
            dataset.read(sample)
        except Exception as error:  # noqa: BLE001 - the reasons are what is looked at
            reasons[sample.path] = str(error)
    assert set(paths(dataset)) - set(reasons) == {"a/1.png", "b/1.png", "b/nested/deep.png"}
    assert reasons["b/fifo.png"] == "not a regular file but a named pipe (FIFO)"
    assert reasons["b/zero.png"] == "not a regular file but a device"
    assert reasons["b/self.png"] == "a link that leads to itself"
    assert "leads nowhere" in reasons["b/dangling.png"]


def test_names_that_are_not_utf8_become_faults(tmp_path: Path) -> None:
    picture(tmp_path / "a/1.png")
    os.rename(bytes(tmp_path / "a/1.png"), bytes(tmp_path) + b"/a/\xe9.png")  # noqa: PTH104
    picture(tmp_path / "a/2.png")
    dataset = dlc.load_dataset(tmp_path)
    assert [fault.path for fault in dataset.faults] == ["a/\\xe9.png"]
    assert paths(dataset) == ["a/2.png"]


def test_a_limit_is_stratified_and_keeps_ids(tmp_path: Path) -> None:
    for name, count in (("a", 30), ("b", 10)):
        for i in range(count):
            picture(tmp_path / name / f"{i:02d}.png")
    part = dlc.load_dataset(tmp_path).limited(8, seed=1)
    assert [sample.class_id for sample in part.samples].count(0) == 6
    whole = {sample.id: sample for sample in dlc.load_dataset(tmp_path).samples}
    assert all(whole[sample.id] == sample for sample in part.samples)
    assert part.samples == dlc.load_dataset(tmp_path).limited(8, seed=1).samples


def test_a_folder_that_vanishes_and_other_wrong_paths(tmp_path: Path) -> None:
    file = tmp_path / "a.doc"
    file.write_text("x")
    (tmp_path / "flat").mkdir()
    (tmp_path / "none").mkdir()
    (tmp_path / "none/a").mkdir()
    for path, split, words in (
        (tmp_path / "missing", None, "no such folder"),
        (file, None, "is a file"),
        (tmp_path / "flat", None, "no class folders"),
        (tmp_path / "none", None, "no images in the class folders"),
        (tmp_path, "val", "no split 'val'"),
        (tmp_path, "dev", "no split 'dev' in .*none of its folders is called like a part"),
        ("", None, "empty or impossible path"),
        ("a\0b", None, "empty or impossible path"),
        ("digits", "test", "no split 'test'"),
    ):
        with pytest.raises(dlc.DLCError, match=words):
            dlc.load_dataset(path, split=split)
