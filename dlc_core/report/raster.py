"""Many points as one small picture: discs, later ones on top, smooth edges, a bounded size."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SMOOTH = 2  # the grid is finer than the picture by this factor
_COLOURS = 256


def palette(stops: Sequence[str], size: int = 101) -> NDArray[np.uint8]:
    """Return a scale of colours, (size, 3), from a few of them at equal distances.

    Args:
        stops: colours such as "#00224e", at least two.
        size: how many colours.
    """
    ends = np.array([rgb(stop) for stop in stops], dtype=np.float64)  # (S, 3)
    places = np.linspace(0, len(stops) - 1, size)
    mixed = [np.interp(places, np.arange(len(stops)), ends[:, k]) for k in range(3)]
    return np.rint(np.stack(mixed, axis=1)).astype(np.uint8)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the parts of a colour such as "#00224e"."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def topmost(
    places: NDArray[np.float64], order: NDArray[np.int64], *, size: tuple[int, int], radius: float
) -> NDArray[np.int32]:
    """Return which point is seen at each place of the fine grid, (H, W), -1 = none.

    Args:
        places: (N, 2) x to the right and y downwards, in [0, 1].
        order: (N,) the rows in the order in which they are drawn; the last lies on top.
        size: width and height of the picture in pixels.
        radius: of a disc, in pixels of the picture.
    """
    width, height = size[0] * SMOOTH, size[1] * SMOOTH
    reach = max(1.0, radius * SMOOTH)
    margin = int(np.ceil(reach)) + 1
    room = np.array([width - 1 - 2 * margin, height - 1 - 2 * margin])
    at = np.rint(places[order] * room).astype(np.int64) + margin  # (N, 2)
    flat = at[:, 1] * width + at[:, 0]
    turns = np.arange(len(order), dtype=np.int32)
    seen = np.full(width * height, -1, dtype=np.int32)
    steps = range(-margin + 1, margin)
    for down in steps:
        for right in steps:
            if down * down + right * right <= reach * reach:
                spot = flat + (down * width + right)
                # Of equal spots the last one is stored, and turns only grow: that is the topmost.
                seen[spot] = np.maximum(seen[spot], turns)
    found = np.where(seen >= 0, order[seen], -1) if len(order) else seen
    return found.astype(np.int32).reshape(height, width)


def png(seen: NDArray[np.int32], colours: NDArray[np.uint8], ground: tuple[int, int, int]) -> bytes:
    """Return the picture as a PNG of at most 256 colours.

    Args:
        seen: (H, W) which point is seen at each place of the fine grid, -1 = none.
        colours: (N, 3) of the points.
        ground: the colour behind them.
    """
    table = np.concatenate([colours, np.array([ground], dtype=np.uint8)])  # -1 is the last row
    fine = table[seen]  # (H, W, 3)
    total = np.zeros((seen.shape[0] // SMOOTH, seen.shape[1] // SMOOTH, 3), dtype=np.uint16)
    for down in range(SMOOTH):
        for right in range(SMOOTH):
            total += fine[down::SMOOTH, right::SMOOTH]
    mean = (total + SMOOTH**2 // 2) // SMOOTH**2  # rounded
    small = Image.fromarray(mean.astype(np.uint8)).quantize(_COLOURS, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return buffer.getvalue()
