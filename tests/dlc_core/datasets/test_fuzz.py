"""Mutated files: each is an image or a fault with a reason, each table a dataset or a sentence."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dlc_core as dlc
from dlc_core.datasets import UnreadableImage
from dlc_core.datasets.archive import extract_zip
from dlc_core.datasets.images import decoded

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
EACH = int(os.environ.get("DLC_FUZZ", "1000"))  # more, for a night: DLC_FUZZ=10000
ROOT = Path(__file__).resolve().parents[3]


def mutated(data: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    """Yield copies with bytes changed, cut out, doubled, or the end missing."""
    for number in range(count):
        values = bytearray(data)
        for _ in range(1 + number % 8):
            place = int(rng.integers(len(values)))
            kind = int(rng.integers(5))
            if kind == 0:
                values[place] = int(rng.integers(256))
            elif kind == 1:
                values[place] ^= 1 << int(rng.integers(8))
            elif kind == 2:
                del values[place : place + int(rng.integers(1, 9))]
            elif kind == 3:
                values[place:place] = values[place : place + 16]
            else:
                values[place : place + 4] = b"\xff\xff\xff\xff"
            if not values:
                values = bytearray(b"x")
        yield bytes(values[: int(rng.integers(1, len(values) + 1))] if number % 5 == 0 else values)


RARE = ("AVIF", "JPEG2000", "DIB", "QOI", "ICO", "DDS", "BLP", "PCX", "SGI", "MSP", "XBM", "TGA")


@pytest.mark.parametrize("form", RARE)
def test_mutated_images_of_rare_formats(form: str) -> None:
    rng = np.random.default_rng(RARE.index(form))
    mode = {"BLP": "P", "MSP": "1", "XBM": "1"}.get(form, "RGB")
    for data in mutated(originals(form, mode), rng, EACH // 5):
        try:
            mode = decoded(io.BytesIO(data)).mode
        except UnreadableImage:
            continue
        assert mode in ("L", "RGB")


def originals(form: str, mode: str = "RGB") -> bytes:
    rng = np.random.default_rng(1)
    image = Image.fromarray(rng.integers(0, 255, (19, 23, 3), dtype=np.uint8)).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_mutated_images(form: str) -> None:
    rng = np.random.default_rng(FORMATS.index(form))
    read, reasons = 0, []
    for data in mutated(originals(form), rng, EACH):
        try:
            image = decoded(io.BytesIO(data))
        except UnreadableImage as fault:
            reasons.append(str(fault))
            continue
        assert image.mode in ("L", "RGB")
        assert min(image.size) > 0
        read += 1
    assert all(reasons)
    assert read < EACH
    assert read or form == "PNG"  # whose every part has a checksum


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_mutated_archives(tmp_path: Path, method: int) -> None:
    rng = np.random.default_rng(method)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as packed:
        for name in ("oak/0.png", "fir/é.png", "x\\y.txt"):
            packed.writestr(name, b"a picture" * 50)
    good = 0
    for data in mutated(buffer.getvalue(), rng, EACH // 3):
        try:
            extract_zip(io.BytesIO(data), tmp_path / "in" / "here", name="a.zip")
            good += 1
        except dlc.DLCError as error:
            told = str(error)
            assert len(told) < 500
        shutil.rmtree(tmp_path / "in" / "here", ignore_errors=True)
        assert not list((tmp_path / "in").iterdir())  # nor a half-unpacked folder
        assert not [one for one in tmp_path.iterdir() if one.name != "in"]
    assert good < EACH // 3


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet", "npz", "tar"])
def test_mutated_data(tmp_path: Path, suffix: str) -> None:
    import pandas as pd

    from tests.dlc_core.datasets.test_webdataset import write

    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(originals("PNG"))
    table = pd.DataFrame({"path": ["a.png", "b.png", "c.png"], "label": ["x", "y", "x"], "n": 1.5})
    file = tmp_path / f"t.{suffix}"
    if suffix == "npz":
        np.savez(file, x=np.zeros((3, 4, 4), np.uint8), y=np.array([0, 1, 0]))
    elif suffix == "tar":
        write(file, {"a.png": originals("PNG"), "a.cls": b"0", "b.png": b"x", "b.json": b"{}"})
    elif suffix == "parquet":
        table.to_parquet(file)
    elif suffix == "csv":
        table.to_csv(file, index=False)
    else:
        table.to_json(file, orient="records", lines=suffix == "jsonl")
    rng = np.random.default_rng(0)
    reasons = []
    for data in mutated(file.read_bytes(), rng, EACH):
        file.write_bytes(data)
        try:
            found = dlc.load_dataset(file)
            for sample in found.samples[:3]:
                found.read(sample)
        except (dlc.DLCError, UnreadableImage) as error:
            reasons.append(str(error))
    assert reasons
    assert all(reasons)


def test_a_huge_16_bit_image_stays_small(tmp_path: Path) -> None:
    """Fifty million wide pixels: the file's own 100 MB and the result's 50, and little beside."""
    wide = (np.arange(50_000_000, dtype=np.uint32) % 65_521).astype(np.uint16)
    Image.fromarray(wide.reshape(5000, 10_000)).save(tmp_path / "big.png", compress_level=1)
    code = (
        "import resource, sys, pathlib\n"
        "from dlc_core.datasets.images import read_image\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); image = read_image(pathlib.Path(sys.argv[1]))\n"
        "print(image.size, image.mode, peak() - before)"
    )
    words = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "big.png")]
    made = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout.startswith("(10000, 5000) L")
    assert int(made.stdout.split()[-1]) < 500_000  # kB; it was 1,400,000
