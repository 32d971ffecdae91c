"""Reading one image file completely, or saying in words why that is impossible."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from dlc_core.data_files import open_descriptor
from dlc_core.data_roots import OutsideRoots
from dlc_core.datasets import pixels_in_flight
from dlc_core.datasets.image_formats import open_image, told_of
from dlc_core.datasets.pixels_in_flight import pixels_of
from dlc_core.errors import reason_of

_STRIP = 1 << 22  # pixels that are scaled at once
_MARKED = 256  # bytes at a file's start that tell what it is
OUTSIDE = "a link that leads outside the folders this dashboard may read (--data-root)"


class UnreadableImage(Exception):  # noqa: N818 - a fault of the data, not an error of ours
    """An image that becomes a fault; its text is the reason a person sees."""


def read_image(path: Path) -> Image.Image:
    """Decode one image file completely, upright, as mode L or RGB.

    The first frame of an animation counts; EXIF orientation is applied; 16- and 32-bit grey is
    scaled by its own range; an alpha channel is dropped, as torchvision's loader does.

    Args:
        path: the file; anything but a regular file (FIFO, device, folder) is refused unread.

    Returns:
        The image, mode "L" (grey: cheaper to shrink, the same pixels) or "RGB".

    Raises:
        UnreadableImage: with the reason in words.
    """
    try:
        descriptor = open_descriptor(path)
    except OutsideRoots as error:
        raise UnreadableImage(OUTSIDE) from error
    except OSError as error:
        raise UnreadableImage(_open_reason(error)) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise UnreadableImage(f"not a regular file but a {_kind(status.st_mode)}")
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size == 0:
            raise UnreadableImage("the file is empty (0 bytes)")
        return decoded(file)


def decoded(file: IO[bytes]) -> Image.Image:
    """Decode an image completely, upright, as mode L or RGB; see `read_image`.

    Args:
        file: an open file, or bytes in memory as io.BytesIO.

    Raises:
        UnreadableImage: with the reason in words.
    """
    try:
        with open_image(file) as image:
            pixels, budget = pixels_of(image), pixels_in_flight.budget()
            if pixels > budget.limit:
                raise UnreadableImage(
                    f"refused: {pixels:,} pixels, more than the {budget.limit:,} that this machine "
                    "has memory for"
                )
            with budget.share(pixels):
                image.load()
                return plain(image)
    except UnreadableImage:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImage(_unknown(file)) from error
    except Image.DecompressionBombError as error:
        raise UnreadableImage(
            f"refused: more than {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels (a bomb?)"
        ) from error
    except MemoryError as error:
        raise UnreadableImage("too large for the memory of this machine") from error
    except Exception as error:
        raise UnreadableImage(f"damaged or truncated: {reason_of(error)}") from error


def _unknown(file: IO[bytes]) -> str:
    with contextlib.suppress(OSError, ValueError):
        file.seek(0)
        if told := told_of(file.read(_MARKED)):
            return told
    return "not an image: no known image format"


def plain(image: Image.Image) -> Image.Image:
    """Return the decoded image upright and in mode L or RGB."""
    # A broken EXIF block can raise anything and says nothing: the pixels stand as they are.
    with contextlib.suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)  # else it copies, turned or not
    if image.mode.startswith(("I", "F")):
        return _scaled(image)
    if image.mode in ("L", "RGB"):
        return image  # its pixels are loaded, whatever becomes of its file
    return image.convert("L" if image.mode == "1" else "RGB")


def _scaled(image: Image.Image) -> Image.Image:
    """Return wide grey values scaled by their range, a strip at a time: they may be many."""
    width, height = image.size
    rows = max(1, _STRIP // max(1, width))
    tops = range(0, height, rows)

    def strip(top: int) -> NDArray[np.float64]:
        part = image.crop((0, top, width, min(height, top + rows)))
        return np.asarray(part).astype(np.float64)

    low, high = np.inf, -np.inf
    for top in tops:
        values = strip(top)
        finite = values[np.isfinite(values)]
        if len(finite):
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    low, span = (low, high - low or 1.0) if high >= low else (0.0, 1.0)
    scaled = np.empty((height, width), np.uint8)
    for top in tops:
        values = strip(top)
        values = np.where(np.isfinite(values), (values - low) / span, 0.0)
        scaled[top : top + rows] = np.rint(values * 255)
    return Image.fromarray(scaled)


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "folder",
        stat.S_IFIFO: "named pipe (FIFO)",
        stat.S_IFCHR: "device",
        stat.S_IFBLK: "device",
        stat.S_IFSOCK: "socket",
    }
    return kinds.get(stat.S_IFMT(mode), "special file")


def _open_reason(error: OSError) -> str:
    reasons = {
        "ENOENT": "the file is missing, or a link that leads nowhere",
        "ELOOP": "a link that leads to itself",
        "EACCES": "no permission to read it",
        "ENXIO": "not a regular file but a socket or pipe",
    }
    code = os.strerror(error.errno) if error.errno else str(error)
    return reasons.get(errno.errorcode.get(error.errno or 0, ""), code)
