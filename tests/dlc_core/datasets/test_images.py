from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlc_core.datasets.images import UnreadableImage, read_image


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def test_modes_are_made_plain(tmp_path: Path) -> None:
    ramp = np.arange(48, dtype=np.uint8).reshape(6, 8)
    colour = np.stack([ramp, ramp[::-1], ramp * 2], axis=2)
    rgb = read_image(saved(Image.fromarray(colour), tmp_path / "rgb.png"))
    np.testing.assert_array_equal(np.asarray(rgb), colour)
    grey = read_image(saved(Image.fromarray(ramp), tmp_path / "grey.png"))
    assert grey.mode == "L"
    alpha = Image.fromarray(np.dstack([colour, ramp]), "RGBA")
    np.testing.assert_array_equal(np.asarray(read_image(saved(alpha, tmp_path / "a.png"))), colour)
    one_bit = read_image(saved(Image.fromarray(ramp > 20), tmp_path / "one.png"))
    assert set(np.unique(np.asarray(one_bit))) == {0, 255}
    cmyk = read_image(saved(Image.fromarray(colour).convert("CMYK"), tmp_path / "c.jpg"))
    assert cmyk.mode == "RGB"


def test_16_bit_is_scaled_by_its_range(tmp_path: Path) -> None:
    deep = (np.arange(48, dtype=np.uint16).reshape(6, 8) * 80) + 1000
    image = np.asarray(read_image(saved(Image.fromarray(deep), tmp_path / "deep.png")))
    assert (image.min(), image.max()) == (0, 255)
    assert (np.diff(image.ravel().astype(int)) > 0).all()


def test_the_image_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(Image.new("RGB", (30, 10)), tmp_path / "turned.jpg", exif=exif.tobytes())
    assert read_image(path).size == (10, 30)
    broken = b"Exif\0\0MM\0*\xff\xff\xff\xff"
    path = saved(Image.new("RGB", (30, 10)), tmp_path / "broken.jpg", exif=broken)
    assert read_image(path).size == (30, 10)


def test_faults_say_why(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)).save(
        buffer, "JPEG"
    )
    data = buffer.getvalue()
    for content, words in (
        (b"", "empty"),
        (b"<!doctype html>", "not an image"),
        (data[: len(data) // 2], "truncated"),
        (data[:20], "truncated|not an image"),
    ):
        path = tmp_path / "x.jpg"
        path.write_bytes(content)
        with pytest.raises(UnreadableImage, match=words):
            read_image(path)
    with pytest.raises(UnreadableImage, match="missing"):
        read_image(tmp_path / "none.jpg")
    with pytest.raises(UnreadableImage, match="folder"):
        read_image(tmp_path)
