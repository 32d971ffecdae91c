"""A class may have a comma in its name; several labels in one cell are told by recombining."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.datasets.several_labels import several_labels


@pytest.mark.parametrize(
    "names",
    [
        ["tench, Tinca tinca", "goldfish, Carassius auratus"],
        ["Pepper,_bell___healthy", "Pepper,_bell___Bacterial_spot", "Potato"],
        ["cat|domestic", "dog|domestic", "cat|wild", "dog|wild"],  # two properties, one class
        ["plant", "plant; oak", "plant; oak; old", "plant; fir"],  # a class and those below it
        ["missile", "projectile, missile", "maillot, tank suit", "sunglass, shades", "oak, tree"],
        ["a,b", "1"],
        ["plain"],
        [],
    ],
)
def test_names_of_classes(names: list[str]) -> None:
    assert several_labels(names) == []


@pytest.mark.parametrize("separator", ["|", ";", ",", ", "])
@pytest.mark.parametrize(
    "cells", [["cat+dog", "dog"], ["cat+dog", "dog+bird"], ["bird", "bird+cat", "cat", "cat+dog"]]
)
def test_labels_that_recombine(cells: list[str], separator: str) -> None:
    names = [cell.replace("+", separator) for cell in cells]
    assert several_labels(names) == [name for name in names if separator in name]


def table(folder: Path, labels: list[str], suffix: str = "csv") -> Path:
    for row in range(len(labels)):
        Image.new("RGB", (8, 8), (row, 9 * row, 99)).save(folder / f"{row}.png")
    rows = pd.DataFrame({"path": [f"{row}.png" for row in range(len(labels))], "label": labels})
    file = folder / f"t.{suffix}"
    rows.to_csv(file, index=False) if suffix == "csv" else rows.to_parquet(file)
    return file


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("separator", [", ", "; ", "|"])
def test_a_separator_alone_refuses_nothing(tmp_path: Path, suffix: str, separator: str) -> None:
    names = [f"tench{separator}Tinca", "goldfish"]
    data = dlc.load_dataset(table(tmp_path, names * 2, suffix))
    assert set(data.classes) == set(names)
    assert not data.notes


def test_a_column_that_was_named_is_believed(tmp_path: Path) -> None:
    file = table(tmp_path, ["cat|dog", "dog", "cat"])
    with pytest.raises(
        dlc.DLCError, match=r"multi-label .* 'cat\|dog'.* with --label-column label"
    ):
        dlc.load_dataset(file)
    data = dlc.load_dataset(file, label_column="label")
    assert data.classes == ("cat", "cat|dog", "dog")
    assert "1 label looks like several in one cell (such as 'cat|dog')" in data.notes[0]


def test_a_few_cells_of_several_labels_are_told(tmp_path: Path) -> None:
    data = dlc.load_dataset(table(tmp_path, ["cat", "dog"] * 10 + ["cat|dog"]))
    assert len(data.classes) == 3
    assert "each is a class of its own" in data.notes[0]


def test_grades_of_halves_are_classes_where_they_were_named(tmp_path: Path) -> None:
    file = table(tmp_path, ["7.5", "8", "8.5"] * 3)
    with pytest.raises(dlc.DLCError, match="regression table"):
        dlc.load_dataset(file)
    assert dlc.load_dataset(file, label_column="label").classes == ("7.5", "8", "8.5")
    file = table(tmp_path, [f"{row / 7}" for row in range(9)])
    with pytest.raises(dlc.DLCError, match="regression table"):
        dlc.load_dataset(file, label_column="label")
    file = table(tmp_path, ["1.0", "", "0.0"] * 3)  # whole numbers, and cells that are empty
    rows = pd.read_csv(file)
    rows.to_parquet(tmp_path / "t.parquet")
    assert dlc.load_dataset(tmp_path / "t.parquet").classes == ("0", "1")
    file = table(tmp_path, [f"{row},25" for row in range(9)])  # a spreadsheet's decimal comma
    with pytest.raises(dlc.DLCError, match="regression table"):
        dlc.load_dataset(file)


def test_labels_of_bytes_are_text(tmp_path: Path) -> None:
    file = table(tmp_path, ["a", "b"], "parquet")
    rows = pd.read_parquet(file).assign(label=[b"oak", "K\u00e4fer".encode()])
    rows.to_parquet(file)
    assert dlc.load_dataset(file).classes == ("K\u00e4fer", "oak")


def test_the_program_reads_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names that a spreadsheet would execute have an apostrophe in the file, and no other way."""
    names = ["tench, Tinca", "=gold; fish", "'-x", "a|b"]
    for place, name in enumerate(names):
        for number in range(3):
            (tmp_path / "images" / name).mkdir(parents=True, exist_ok=True)
            image = Image.new("RGB", (8, 8), (60 * place, 9 * number, 99))
            image.save(tmp_path / "images" / name / f"{number}.png")
    images, run, kept = (str(tmp_path / name) for name in ("images", "run", "kept.csv"))
    assert main(["score", images, "--masks", "1", "--backbone", "demo", "--out", run]) == 0
    assert main(["prune", run, "--keep", "1", "--out", kept]) == 0
    capsys.readouterr()
    assert main(["look", kept, "--image-root", images]) == 0
    assert "12 images in 4 classes" in capsys.readouterr().out
    data = dlc.load_dataset(kept, image_root=images)
    assert set(data.classes) == set(names)
    assert [sample.path for sample in data.samples] == sorted(
        sample.path for sample in data.samples
    )
