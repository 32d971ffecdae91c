"""One pass over a run's thumbnails: quality, a perceptual hash and a digest of each."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.issues.quality import NOTHING, SIDE, Quality, measure
from dlc_core.previews import read_preview
from dlc_core.runs import Run

_LEAST_CONTRAST = 0.02  # below, an image is flat and its hash is noise
_SMALLEST_HASHED = 32  # pixels; the hash is made of 32 x 32


@dataclass(frozen=True)
class Pictures:
    """What the thumbnails tell; rows are those of the run.

    Attributes:
        qualities: (N,) of Quality.
        hashes: (N,) uint64 perceptual hash.
        hashed: (N,) bool, False where there is no thumbnail, or it is flat or below 32 pixels.
        digests: (N,) of the thumbnail's bytes; b"" where there is none.
    """

    qualities: list[Quality]
    hashes: NDArray[np.uint64]
    hashed: NDArray[np.bool_]
    digests: list[bytes]


def read_pictures(
    run: Run, *, told: Callable[[int, int], None] = lambda _done, _total: None
) -> Pictures:
    """Read every thumbnail of a run once.

    Args:
        run: with or without thumbnails.
        told: called with (samples done, N).
    """
    count = len(run.samples)
    hashes, hashed = np.zeros(count, dtype=np.uint64), np.zeros(count, dtype=np.bool_)
    qualities, digests = [NOTHING] * count, [b""] * count
    for row in range(count):
        found = read_preview(run.path, row)
        picture = None if found is None else _opened(found[0])
        if found is not None and picture is not None:
            digests[row] = hashlib.blake2b(found[0], digest_size=16).digest()
            qualities[row] = measure(picture)
            flat = qualities[row].contrast < _LEAST_CONTRAST
            hashed[row] = max(picture.size) >= _SMALLEST_HASHED and not flat
            hashes[row] = perceptual_hash(picture)
        told(row + 1, count)
    return Pictures(qualities, hashes, hashed, digests)


def _opened(data: bytes) -> Image.Image | None:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            picture.draft(None, (SIDE, SIDE))  # a JPEG is decoded at half its size at once
            small = picture.convert("L" if picture.mode == "L" else "RGB")
            small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
            return small
    except (OSError, ValueError, SyntaxError):
        return None


def perceptual_hash(picture: Image.Image) -> np.uint64:
    """Return imagehash's phash: the signs of the 64 lowest DCT coefficients about their median."""
    from imagehash import phash

    return np.uint64(np.packbits(phash(picture).hash.ravel()).view(np.uint64)[0])
