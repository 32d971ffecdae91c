"""Images that are arrays of numbers: to pictures, and to PNG files where a file is needed."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.datasets.images import UnreadableImage, plain
from dlc_core.errors import DLCError


def image_shape(shape: tuple[int, ...]) -> str:
    """Return how one image's array is laid out: "HW", "HWC" or "CHW".

    Raises:
        DLCError: if it is no image.
    """
    if len(shape) == 2 and min(shape) > 0:
        return "HW"
    if len(shape) == 3 and min(shape) > 0:
        if shape[2] in (1, 3, 4):
            return "HWC"
        if shape[0] in (1, 3, 4):
            return "CHW"
    raise DLCError(
        f"got an array of shape {shape} for an image; expected (height, width), or with 1, 3 or 4 "
        "channels first or last."
    )


def value_scale(low: float, high: float, kind: str) -> float:
    """Return what floating-point pixels are multiplied with to lie in [0, 255].

    Args:
        low, high: the least and the largest value of all images.
        kind: what they are of, for the sentence.

    Raises:
        DLCError: if they are neither in [0, 1] nor in [0, 255]: they were normalised, and the
            picture cannot be had back.
    """
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > 255:
        raise DLCError(
            f"the pixels of {kind} lie in [{low:g}, {high:g}]; expected [0, 1], [0, 255] or whole "
            "numbers: give the images as they were before normalisation."
        )
    return 255.0 if high <= 1 else 1.0


def array_image(values: NDArray[Any], *, scale: float = 255.0) -> Image.Image:
    """Return an array as an image of mode L or RGB; alpha is dropped.

    Whole numbers of 8 bits are taken as they are, wider ones are scaled by the image's own range,
    as 16-bit files are; booleans are black and white; floating-point numbers are multiplied.

    Args:
        values: (H, W), (H, W, C) or (C, H, W).
        scale: of floating-point numbers, from `value_scale`.

    Raises:
        UnreadableImage: if numbers are not finite or out of range.
    """
    layout = image_shape(values.shape)
    if layout == "CHW":
        values = np.moveaxis(values, 0, 2)
    if layout != "HW":
        values = values[:, :, 0] if values.shape[2] == 1 else values[:, :, :3]
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * 255
    elif np.issubdtype(values.dtype, np.floating):
        scaled = np.asarray(values, dtype=np.float64) * scale
        if not np.isfinite(scaled).all() or scaled.min() < -0.5 or scaled.max() > 255.5:
            raise UnreadableImage("its pixels are not finite, or out of range")
        values = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    elif values.dtype != np.uint8:
        wide = values.astype(np.float64)
        span = float(wide.max() - wide.min()) or 1.0
        values = np.rint((wide - wide.min()) / span * 255).astype(np.uint8)
    return plain(Image.fromarray(np.ascontiguousarray(values)))


def png(image: Image.Image) -> bytes:
    """Return an image as a PNG file: the same pixels."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def numbered_path(label: str, place: int, suffix: str = ".png") -> str:
    """Return a path for an image that has none, such as "cat/000012.png"."""
    folder = "".join("_" if letter in "/\\\0" else letter for letter in label)
    folder = f"_{folder}" if folder in ("", ".", "..") else folder
    return f"{folder}/{place:06d}{suffix}"
