"""What is opened and listed: formats of the table and no others, whatever a file's name says."""

from __future__ import annotations

import ast
import importlib
import io
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from dlc_core.datasets import image_formats
from dlc_core.datasets.image_formats import FORMATS, IMAGE_SUFFIXES, NOT_READ, told_of
from dlc_core.datasets.images import UnreadableImage, decoded, read_image

ROOT = Path(__file__).resolve().parents[3]
MODES = {"BLP": "P", "MSP": "1", "XBM": "1"}
# Formats that Pillow knows and that are left alone, with the reason.
LEFT_ALONE = {
    "EPS": "runs Ghostscript",
    "IM": "Pillow will drop it",
    "IPTC": "opens whatever it holds",
    "WMF": "drawn by Windows only",
    "MPEG": "no pixels are decoded",
    "BUFR": "no pixels are decoded",
    "GRIB": "no pixels are decoded",
    "HDF5": "no pixels are decoded",
    "MPO": "a JPEG; opened as one",
    "PALM": "written only",
    "PDF": "written only",
    "HEIF": "pillow-heif's",
}


Image.init()


@pytest.mark.parametrize("form", [form for form in FORMATS if form in Image.SAVE])
def test_every_format_that_pillow_can_write_is_read(form: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 3, 3)).convert(MODES.get(form, "RGB")).save(buffer, form)
    assert min(decoded(io.BytesIO(buffer.getvalue())).size) >= 16


def test_all_endings_that_pillow_decodes_are_listed() -> None:
    known = {ending for ending, form in Image.registered_extensions().items()
             if form not in LEFT_ALONE}  # fmt: skip
    assert known <= IMAGE_SUFFIXES
    assert {".jfif", ".jpe", ".avif", ".tif", ".jp2", ".mpo"} <= IMAGE_SUFFIXES
    assert not {".eps", ".ps", ".pdf", ".wmf"} & IMAGE_SUFFIXES
    heif = {".heic", ".heif", ".hif"}
    assert not IMAGE_SUFFIXES & set(NOT_READ) - heif


def test_the_docs_name_every_ending() -> None:
    said = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8").replace(",", " ").split()
    assert {ending for endings in FORMATS.values() for ending in endings} <= set(said)


def test_postscript_is_never_opened_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    Image.new("RGB", (9, 9)).save(file, "EPS")
    with Image.open(file) as image:  # by content, as Pillow alone would
        assert image.format == "EPS"
    with pytest.raises(UnreadableImage, match="EPS is not read: convert"):
        read_image(file)


def test_no_reader_but_those_of_the_table_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that somebody's package has registered would take every file."""

    class Anything(ImageFile.ImageFile):
        format = "ANYTHING"

        def _open(self) -> None:
            raise AssertionError("it was asked")

    monkeypatch.setitem(Image.OPEN, "ANYTHING", (Anything, None))
    monkeypatch.setattr(Image, "ID", ["ANYTHING", *Image.ID])
    with pytest.raises(UnreadableImage, match="no known image format"):
        decoded(io.BytesIO(b"no picture at all, but long enough to be looked at" * 9))


def calls_of_open(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "Image.open",
            "PIL.Image.open",
        ):
            yield node


def test_the_program_names_the_formats_wherever_it_opens_a_picture() -> None:
    files = [
        path for part in ("dlc_core", "dashboard", "pages") for path in (ROOT / part).rglob("*.py")
    ]
    calls = [(file, call) for file in files for call in calls_of_open(file)]
    assert calls
    for file, call in calls:
        assert "formats" in {word.arg for word in call.keywords}, (file, call.lineno)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC is not read: pip install pillow-heif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC is not read"),
        (b"\xff\x0a" + b"\1" * 30, "JXL is not read: convert"),
        (b"<svg xmlns='x'/>", "SVG is not read"),
        (b"\0" * 128 + b"DICM", "DCM is not read"),
        (b"<html>404", ""),
    ],
)
def test_known_files_that_are_not_read_are_told(head: bytes, words: str) -> None:
    assert words in told_of(head)
    with pytest.raises(UnreadableImage, match=words or "no known image format"):
        decoded(io.BytesIO(head.ljust(300, b"\0")))


def test_heic_is_listed_and_read_where_a_person_has_installed_pillow_heif(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the package, which we do not bring: its wheels hold code under the GPL."""

    class Heif(ImageFile.ImageFile):
        format = "HEIF"

        def _open(self) -> None:
            self._size, self._mode = (5, 4), "RGB"

        def load(self) -> None:
            self.im = Image.new("RGB", (5, 4), (1, 2, 3)).im

    def register() -> None:
        Image.register_open("HEIF", Heif, lambda prefix: prefix[4:12] == b"ftypheic")

    package = types.ModuleType("pillow_heif")
    package.register_heif_opener = register  # type: ignore[attr-defined]
    package.__spec__ = importlib.machinery.ModuleSpec("pillow_heif", None)
    monkeypatch.setitem(sys.modules, "pillow_heif", package)
    file = tmp_path / "phone.HEIC"
    file.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 400)
    try:
        assert ".heic" in importlib.reload(image_formats).IMAGE_SUFFIXES
        with file.open("rb") as stream, image_formats.open_image(stream) as image:
            image.load()
            assert (image.format, image.size) == ("HEIF", (5, 4))
    finally:
        monkeypatch.undo()
        Image.OPEN.pop("HEIF", None)
        if "HEIF" in Image.ID:
            Image.ID.remove("HEIF")
        importlib.reload(image_formats)
