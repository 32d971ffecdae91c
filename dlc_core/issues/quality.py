"""Image quality, measured on thumbnails with Pillow: dark, bright, blurry, low information."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

SIDE = 64  # pixels of the longer side of what is measured
DARKEST = 0.32  # an image is dark if 99 % of its pixels are darker
BRIGHTEST = 0.95  # bright if 95 % of its pixels are brighter
LEAST_ENTROPY = 3.0  # bits of the histogram of grey values
LEAST_SHARPNESS = 0.25  # spread of the edges by the spread of the grey values
ODDEST_SHAPE = 0.35  # shorter side by longer side
_FLAT = 1.0  # spread of grey values, of 255; below, there is nothing to be sharp
# Perceived brightness from R, G, B (the HSP colour model, Finley 2006): sqrt of a weighted mean.
_WEIGHTS = np.array([0.241, 0.691, 0.068], dtype=np.float32)


class Quality(NamedTuple):
    """What is measured on one image; brightness in [0, 1], entropy in bits."""

    brightness: float  # mean
    contrast: float  # standard deviation of the brightness
    entropy: float
    sharpness: float  # spread of the edges by that of the grey values
    dark: bool
    bright: bool
    blurry: bool
    low_information: bool


NOTHING = Quality(np.nan, np.nan, np.nan, np.nan, False, False, False, False)


def measure(picture: Image.Image) -> Quality:
    """Measure an image (mode L or RGB) of at most 64 pixels a side.

    The rules and the thresholds for brightness, entropy and shape are CleanVision's (0.3.7), which
    looks for blur at 64 pixels too; that for blur is ours: relative to the contrast, so that a dark
    image is not called blurry. An image below 64 pixels is not judged blurry or uninformative.
    """
    pixels = np.asarray(picture, dtype=np.float32) / 255
    bright = np.sqrt(pixels**2 @ _WEIGHTS) if pixels.ndim == 3 else pixels
    high, low = np.percentile(bright, (99, 5))
    grey = picture.convert("L")
    entropy, sharpness = grey.entropy(), relative_sharpness(grey)
    judged = max(picture.size) >= SIDE
    return Quality(
        brightness=float(bright.mean()),
        contrast=float(bright.std()),
        entropy=float(entropy),
        sharpness=sharpness,
        dark=bool(high < DARKEST),
        bright=bool(low > BRIGHTEST),
        blurry=judged and sharpness < LEAST_SHARPNESS,
        low_information=judged and entropy < LEAST_ENTROPY,
    )


def relative_sharpness(grey: Image.Image) -> float:
    """Return std(edges) / std(grey values), edges by Pillow's FIND_EDGES; NaN for a flat image.

    The filter leaves the outermost pixels as they are, so they do not count.
    """
    values = np.asarray(grey, dtype=np.float32)
    edges = np.asarray(grey.filter(ImageFilter.FIND_EDGES), dtype=np.float32)[1:-1, 1:-1]
    spread = float(values.std())
    return float(edges.std()) / spread if edges.size and spread >= _FLAT else float("nan")


def aspects(width: NDArray[np.float64], height: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (N,) the shorter side by the longer, in (0, 1]."""
    return (np.minimum(width, height) / np.maximum(width, height)).astype(np.float32)
