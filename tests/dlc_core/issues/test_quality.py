from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from dlc_core.issues.quality import aspects, measure, relative_sharpness


def scene(side: int = 64, seed: int = 0) -> Image.Image:
    """Something with edges and many greys, like a photo."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    big = np.asarray(coarse.resize((side, side), Image.Resampling.NEAREST), dtype=np.int16)
    return Image.fromarray(np.clip(big + rng.integers(-9, 9, big.shape), 0, 255).astype(np.uint8))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_brightness_and_entropy_pixel_by_pixel(mode: str) -> None:
    picture = scene(20).convert(mode)
    values = []
    for y in range(20):
        for x in range(20):
            pixel = picture.getpixel((x, y))
            if isinstance(pixel, tuple):
                r, g, b = (float(v) / 255 for v in pixel)
                values.append(math.sqrt(0.241 * r * r + 0.691 * g * g + 0.068 * b * b))
            else:
                values.append(float(pixel or 0) / 255)
    found = measure(picture)
    assert found.brightness == pytest.approx(sum(values) / 400, abs=1e-5)
    assert found.contrast == pytest.approx(float(np.std(values)), abs=1e-5)
    shares = [n / 400 for n in picture.convert("L").histogram() if n]
    assert found.entropy == pytest.approx(-sum(s * math.log2(s) for s in shares), abs=1e-4)


def test_sharpness_pixel_by_pixel() -> None:
    grey = scene(12).convert("L")
    pixels = np.asarray(grey, dtype=np.int64)
    edges = [
        min(255, max(0, 9 * pixels[y, x] - pixels[y - 1 : y + 2, x - 1 : x + 2].sum()))
        for y in range(1, 11)
        for x in range(1, 11)
    ]
    expected = float(np.std(edges) / np.std(pixels))
    assert relative_sharpness(grey) == pytest.approx(expected, rel=1e-5)


def test_a_good_image_has_no_flag() -> None:
    found = measure(scene())
    assert not any((found.dark, found.bright, found.blurry, found.low_information))


def test_dark_is_not_called_blurry() -> None:
    found = measure(ImageEnhance.Brightness(scene()).enhance(0.2))
    assert found.dark
    assert not found.blurry


def test_bright_blurry_and_empty_images() -> None:
    assert measure(Image.new("RGB", (64, 64), "white")).bright
    assert measure(scene().filter(ImageFilter.GaussianBlur(6))).blurry
    flat = measure(Image.new("RGB", (64, 64), (90, 120, 150)))
    assert flat.low_information
    assert not flat.blurry  # there is nothing to be sharp
    assert math.isnan(flat.sharpness)


def test_tiny_images_are_not_judged_for_what_they_cannot_hold() -> None:
    digit = Image.fromarray(np.tile(np.arange(8, dtype=np.uint8) * 30, (8, 1)))
    found = measure(digit)
    assert found.entropy <= 3
    assert not any((found.blurry, found.low_information))
    measure(Image.new("L", (1, 1)))
    measure(Image.new("RGB", (64, 2)))


def test_aspect_is_short_by_long() -> None:
    assert aspects(np.array([10.0, 40.0]), np.array([40.0, 10.0])).tolist() == [0.25, 0.25]
