"""Thumbnails: small pictures by which images are shown."""

from __future__ import annotations

import io

from PIL import Image

SIDE = 128  # pixels


def encode_thumbnail(image: Image.Image) -> bytes:
    """Return an image of mode L or RGB as a small JPEG, or as PNG if it is tiny already."""
    buffer = io.BytesIO()
    if max(image.size) <= SIDE // 2:
        image.save(buffer, "PNG")
        return buffer.getvalue()
    small = image.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    small.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
