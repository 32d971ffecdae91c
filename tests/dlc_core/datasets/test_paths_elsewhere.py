"""Tables made on Windows or on another machine, and images that are not where they should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.datasets.path_tails import by_tails

PATHS = [f"{part}/{number}.JPG" for part in ("cats", "dogs") for number in range(3)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in PATHS:
        file = tmp_path / "photos" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(file)
    return tmp_path / "photos"


def table(folder: Path, paths: list[str]) -> Path:
    labels = [("cat", "dog")[row % 2] for row in range(len(paths))]
    pd.DataFrame({"path": paths, "label": labels}).to_csv(folder / "t.csv", index=False)
    return folder / "t.csv"


@pytest.mark.parametrize(
    "elsewhere",
    [
        lambda path: "C:\\Users\\ann\\set\\" + path.replace("/", "\\"),
        lambda path: "D:/set/" + path,
        lambda path: "\\\\nas\\share\\" + path.replace("/", "\\"),
        lambda path: "/home/ann/set/" + path,
        lambda path: "file:///C:/my%20set/" + path,
        lambda path: "/" + path,
        lambda path: "photos/" + path,
        lambda path: "..\\photos\\" + path.replace("/", "\\"),
    ],
)
def test_paths_are_found_by_their_ends(root: Path, elsewhere: Callable[[str], str]) -> None:
    typed = [elsewhere(path) for path in PATHS]
    file = table(root.parent, [*typed, elsewhere("cats/gone.JPG")])
    data = dlc.load_dataset(file, image_root=root)
    assert [sample.path for sample in data.samples][:6] == PATHS
    assert data.columns["original_path"].tolist()[:6] == typed
    assert data.root == str(root)
    assert "paths are of another place" in data.notes[0]
    assert "(such as cats/0.JPG)" in data.notes[0]
    assert "7 of 7" in data.notes[0]  # one is missing, but it is known where it should be


def test_the_longest_end_counts(root: Path) -> None:
    (root / "0.JPG").write_bytes(b"")
    found = by_tails(root, ["/x/y/cats/0.JPG", "/x/y/dogs/9.JPG", "/z/dogs/1.JPG", "/q/none.JPG"])
    assert found == {
        "/x/y/cats/0.JPG": "cats/0.JPG", "/x/y/dogs/9.JPG": "dogs/9.JPG",
        "/z/dogs/1.JPG": "dogs/1.JPG",
    }  # fmt: skip
    assert by_tails(root, ["/../../etc/passwd", "x" * 5000]) == {}


def test_paths_that_are_here_stay(root: Path) -> None:
    data = dlc.load_dataset(table(root.parent, [*PATHS, "gone.JPG"]), image_root=root)
    assert not data.notes
    mixed = [str(root / PATHS[0]), "/home/ann/cats/1.JPG", "/nowhere/x.JPG"]
    data = dlc.load_dataset(table(root.parent, mixed), image_root=root)
    assert [sample.path for sample in data.samples] == PATHS[:2]
    assert "1 of 3 paths are of another place" in data.notes[0]
    assert "lies outside the image root" in data.faults[0].error


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["/home/ann/set/cats/0.JPG"] * 2, "lead to /home/ann/set/cats, which is not on this mac"),
        (["C:\\set\\cats\\0.JPG"], r"usable image: C:/set/cats/0.JPG lies outside the image root"),
        (["cats/0", "cats/1"], r"but 0.JPG is there: the paths lack the ending"),
        (["cats/0.jpg"], r"but 0.JPG is there: capitals differ"),
        (["cats/0.png"], r"but 0.JPG is there: the ending differs"),
        (["birds/0.JPG"], r"none of the 1 image .* \(such as birds/0.JPG\); name the folder"),
    ],
)
def test_what_is_not_there_is_said(root: Path, paths: list[str], words: str) -> None:
    with pytest.raises(dlc.DLCError, match=words):
        dlc.load_dataset(table(root, paths))


def test_a_table_whose_first_images_are_missing(root: Path) -> None:
    data = dlc.load_dataset(table(root, [f"gone/{row}.png" for row in range(30)] + PATHS))
    assert len(data.samples) == 36
    assert "first 20 images of t.csv are not there (such as gone/0.png)" in data.notes[0]
    assert "of all 36, 6 are" in data.notes[0]
