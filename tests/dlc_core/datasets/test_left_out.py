"""Nothing vanishes without a word: files of other endings, classes without an image."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.datasets.left_out import ending_notes
from dlc_core.errors import DLCError
from tests.dlc_core.datasets.conftest import served

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 400


def folder(root: Path) -> Path:
    for place, name in enumerate(("fir", "oak")):
        (root / name).mkdir(parents=True)
        for ending in ("jpg", "jfif", "JPE", "avif", "tif", "apng"):
            kind = {"jfif": "JPEG", "JPE": "JPEG", "apng": "PNG"}.get(ending)
            Image.new("RGB", (8, 8), (90 * place, 9, 9)).save(root / name / f"a.{ending}", kind)
        (root / name / "notes.txt").write_text("x")
    (root / "oak" / "phone.HEIC").write_bytes(HEIC)
    (root / "oak" / "plan").write_bytes(b"x")
    (root / "oak" / ".hidden.heic").write_bytes(b"x")
    (root / "elm").mkdir()
    (root / "elm" / "IMG_1.HEIC").write_bytes(HEIC)
    (root / "yew").mkdir()
    (root / "labels.csv").write_text("a,b\n1,2\n")
    return root


def test_all_that_can_be_decoded_is_listed_and_the_rest_is_counted(tmp_path: Path) -> None:
    data = dlc.load_dataset(folder(tmp_path))
    assert (len(data.samples), data.classes, data.present) == (12, ("fir", "oak"), 2)
    assert {data.read(sample).size for sample in data.samples} == {(8, 8)}
    assert "6 files are not listed: 2 .heic, 2 .txt, 1 without an ending, 1 .csv" in data.notes
    assert ".heic: pip install pillow-heif" in " ".join(data.notes)
    assert "labels.csv beside the class folders is not read" in " ".join(data.notes)
    assert data.cautions == (
        "2 class folders hold no image that can be read and are no class here: elm (1 .heic), yew "
        "(empty).",
        "2 pictures are left out, of formats that are not read: 2 .heic.",
    )


def test_look_score_and_the_record_say_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = folder(tmp_path / "data")
    assert main(["look", str(root), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "elm (1 .heic)" in found["cautions"][0]
    assert found["classes"] == 2
    out = tmp_path / "run"
    assert main(["score", str(root), "--backbone", "demo", "--masks", "2", "--out", str(out)]) == 0
    told = capsys.readouterr().err
    assert "12 images in 2 classes" in told
    assert "caution: 2 class folders hold no image" in told
    assert "note: 6 files are not" in told
    assert any("elm" in text for text in dlc.Run.open(out).info["dataset"]["notes"])


def test_images_without_labels_and_remote_folders_count_too(tmp_path: Path) -> None:
    data = dlc.load_dataset(folder(tmp_path / "data"), clusters=2)
    assert "6 files are not listed" in data.notes[0]
    with served(tmp_path) as address:  # which has one folder, with the classes in it
        data = dlc.load_dataset(address)
    assert (len(data.samples), data.classes) == (12, ("fir", "oak"))
    assert "elm (1 .heic)" in data.cautions[0]


def test_nothing_but_what_is_not_read(tmp_path: Path) -> None:
    for name in ("oak", "fir"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.heic").write_bytes(HEIC)
    with pytest.raises(
        DLCError, match=r"2 files are not listed: 2 \.heic; \.heic: pip install"
    ) as told:
        dlc.load_dataset(tmp_path)
    assert len(str(told.value)) < 500


def test_sentences_stay_short_whatever_the_endings() -> None:
    many = {f".{'x' * 300}{number}": number for number in range(1, 3000)}
    (note,) = ending_notes(many)
    assert len(note) < 300
    assert note.startswith("4,498,500 files are not listed: 2,999 .xxx")
    assert note.endswith("others")
    assert ending_notes({".md": 1}) == ("1 file is not listed: 1 .md",)
    assert ending_notes({}) == ()
