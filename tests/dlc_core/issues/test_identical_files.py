from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlc_core.issues import identical_files as module
from dlc_core.issues.identical_files import identical, leaks, sibling_splits


def write(path: Path, data: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)


def test_only_the_same_bytes_are_identical(tmp_path: Path) -> None:
    long = bytes(range(256)) * 100  # longer than the head that is read first
    same = [write(tmp_path / f"same{i}", long + b"a") for i in range(3)]
    tail = write(tmp_path / "tail", long + b"b")
    shorter = write(tmp_path / "shorter", long)
    empty = [write(tmp_path / f"empty{i}", b"") for i in range(2)]
    missing = str(tmp_path / "missing")
    groups = list(identical([[tail, same[0], missing, *empty, same[1], shorter, same[2]]]))
    assert groups == [same]
    assert list(identical([[same[0]], [same[1]], []])) == []  # groups are looked at alone


def test_most_files_are_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [write(tmp_path / str(i), bytes([i]) * 50_000) for i in range(5)]
    whole: list[str] = []
    looks = (*module._LOOKS[:2], lambda path: whole.append(path))
    monkeypatch.setattr(module, "_LOOKS", looks)
    assert list(identical([files])) == []
    assert whole == []


def test_leaks_between_splits(tmp_path: Path) -> None:
    write(tmp_path / "train/cat/a.png", b"one")
    write(tmp_path / "train/cat/b.png", b"two")
    write(tmp_path / "train/dog/c.png", b"three")
    write(tmp_path / "train/dog/d.png", b"one")
    write(tmp_path / "test/dog/z.png", b"one")
    write(tmp_path / "test/cat/y.png", b"one")
    write(tmp_path / "test/cat/2.png", b"not")
    write(tmp_path / "valid/dog/deep/3.PNG", b"three")
    write(tmp_path / "valid/dog/notes.txt", b"two")
    write(tmp_path / "valid/.hidden/4.png", b"two")
    write(tmp_path / "other/cat/b.png", b"two")  # no split
    root = str(tmp_path / "train")
    paths = ["cat/a.png", "cat/b.png", "dog/c.png", "dog/d.png", "dog/gone.png"]
    assert [f.name for f in sibling_splits(root)] == ["test", "valid"]
    assert leaks(root, paths) == {
        "cat/a.png": "test/cat/y.png",
        "dog/c.png": "valid/dog/deep/3.PNG",
        "dog/d.png": "test/cat/y.png",
    }


def test_loops_and_odd_names_are_no_trouble(tmp_path: Path) -> None:
    write(tmp_path / "train/cat/a.png", b"one")
    write(tmp_path / "test/cat/y.png", b"two")
    (tmp_path / "test/cat/loop").symlink_to(tmp_path / "test")
    with Path(os.fsdecode(os.fsencode(tmp_path / "test/cat") + b"/\xff.png")).open("wb") as file:
        file.write(b"one")
    assert leaks(str(tmp_path / "train"), ["cat/a.png"]) == {"cat/a.png": "test/cat/\\xff.png"}


@pytest.mark.parametrize("root", ["", "train", "/nowhere/train", "/nowhere/photos"])
def test_without_splits_there_are_no_leaks(root: str) -> None:
    assert leaks(root, ["cat/a.png"]) == {}
