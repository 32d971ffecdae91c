"""The map's pixels against a drawing disc by disc."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.report.raster import SMOOTH, palette, png, rgb, topmost


def literal(
    places: NDArray[np.float64], order: NDArray[np.int64], size: tuple[int, int], radius: float
) -> NDArray[np.int32]:
    """Draw one disc after the other, pixel by pixel."""
    width, height = size[0] * SMOOTH, size[1] * SMOOTH
    reach = max(1.0, radius * SMOOTH)
    margin = int(np.ceil(reach)) + 1
    seen = np.full((height, width), -1, dtype=np.int32)
    for row in order:
        x = round(places[row, 0] * (width - 1 - 2 * margin)) + margin
        y = round(places[row, 1] * (height - 1 - 2 * margin)) + margin
        for down in range(-margin, margin + 1):
            for right in range(-margin, margin + 1):
                if down**2 + right**2 <= reach**2:
                    seen[y + down, x + right] = row
    return seen


def test_the_last_drawn_lies_on_top() -> None:
    rng = np.random.default_rng(0)
    for radius in (0.3, 1.0, 2.6):
        places, order = rng.random((80, 2)), rng.permutation(80)
        places[0], places[1] = (0, 0), (1, 1)
        found = topmost(places, order, size=(30, 20), radius=radius)
        assert np.array_equal(found, literal(places, order, (30, 20), radius))


def test_no_points_give_the_ground_alone() -> None:
    nothing = np.empty((0, 2)), np.empty(0, dtype=np.int64)
    seen = topmost(*nothing, size=(6, 4), radius=1)
    data = png(seen, np.empty((0, 3), dtype=np.uint8), (1, 2, 3))
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert image.size == (6, 4)
    assert image.getcolors() == [(24, (1, 2, 3))]


def test_a_point_has_its_colour() -> None:
    seen = topmost(np.array([[0.5, 0.5]]), np.array([0]), size=(9, 9), radius=3)
    data = png(seen, np.array([[200, 100, 0]], dtype=np.uint8), (255, 255, 255))
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert image.getpixel((4, 4)) == (200, 100, 0)
    assert image.getpixel((0, 0)) == (255, 255, 255)


def test_the_scale_runs_from_end_to_end() -> None:
    scale = palette(("#000000", "#ff8000", "#ffffff"), 5)
    assert scale.tolist() == [[0, 0, 0], [128, 64, 0], [255, 128, 0], [255, 192, 128], [255] * 3]
    assert rgb("#00224e") == (0, 34, 78)
