"""The formats of images that are opened, the endings of their files, and what is told of others.

Pillow guesses a file's format from its content, whatever its name says, and some of its readers
start other programs (Ghostscript for EPS) or only know what a file is. So each file is opened with
the formats of this table and no others.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.util import find_spec
from typing import IO

from PIL import Image, UnidentifiedImageError

# Pillow's names and the endings, the usual ones first: that is the order in which they are tried.
# A .mpo is a JPEG with more pictures behind it. Not here, though Pillow has readers: EPS (runs
# Ghostscript), IPTC (opens whatever it holds), IM (deprecated), WMF, MPEG, BUFR, GRIB and HDF5
# (never decoded).
FORMATS: dict[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "AVIF": (".avif", ".avifs"),
    "JPEG2000": (".jp2", ".j2k", ".jpc", ".jpf", ".jpx", ".j2c"),
    "DIB": (".dib",),
    "QOI": (".qoi",),
    "ICO": (".ico",),
    "ICNS": (".icns",),
    "CUR": (".cur",),
    "DDS": (".dds",),
    "BLP": (".blp",),
    "FTEX": (".ftc", ".ftu"),
    "PSD": (".psd",),
    "PCX": (".pcx",),
    "DCX": (".dcx",),
    "SGI": (".sgi", ".rgb", ".rgba", ".bw"),
    "SUN": (".ras",),
    "FITS": (".fit", ".fits"),
    "FLI": (".fli", ".flc"),
    "GBR": (".gbr",),
    "MSP": (".msp",),
    "PCD": (".pcd",),
    "PIXAR": (".pxr",),
    "XBM": (".xbm",),
    "XPM": (".xpm",),
    "TGA": (".tga", ".icb", ".vda", ".vst"),  # last: its files have no mark to know them by
}
_USUAL = ("JPEG", "PNG", "GIF", "BMP", "PPM")  # what Pillow has at hand
_HEIF = (".heic", ".heif", ".hif")

# Pictures that cannot be listed, and what a person can do.
_CONVERT = "convert them to PNG or JPEG"
_RAW = "develop the camera's raw files to JPEG"
NOT_READ: dict[str, str] = {
    **dict.fromkeys(
        _HEIF, "pip install pillow-heif (its wheels hold GPL code), or convert them to JPEG"
    ),
    **dict.fromkeys((".svg", ".svgz", ".eps", ".ps", ".pdf", ".ai", ".wmf", ".emf"), _CONVERT),
    **dict.fromkeys((".jxl", ".jxr", ".hdr", ".exr", ".jng", ".xcf", ".djvu", ".webm"), _CONVERT),
    **dict.fromkeys((".dcm", ".dicom", ".nii", ".mha", ".nrrd", ".svs", ".ndpi"), _CONVERT),
    **dict.fromkeys(
        (".dng", ".cr2", ".cr3", ".crw", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef"), _RAW
    ),
    **dict.fromkeys((".npy", ".npz", ".mat"), "make pictures of the arrays, or one .npz of all"),
    **dict.fromkeys((".mp4", ".avi", ".mov", ".mkv", ".mpg", ".mpeg"), "take single frames"),
}

# How the content of files begins that are known and not read.
_MARKS: tuple[tuple[int, bytes, str], ...] = (
    *((4, b"ftyp" + brand, ".heic") for brand in (b"hei", b"hev", b"mif1", b"msf1")),
    (0, b"%!PS", ".eps"),
    (0, b"%PDF", ".pdf"),
    (0, b"\xff\x0a", ".jxl"),
    (4, b"JXL ", ".jxl"),
    (0, b"<svg", ".svg"),
    (128, b"DICM", ".dcm"),
    (0, b"\x93NUMPY", ".npy"),
)


def _has_heif() -> bool:
    """Whether a person has installed pillow-heif; we do not, as its wheels are under the GPL."""
    return find_spec("pillow_heif") is not None


IMAGE_SUFFIXES: frozenset[str] = frozenset(
    ending for endings in FORMATS.values() for ending in endings
) | frozenset(_HEIF if _has_heif() else ())


@lru_cache(maxsize=1)
def _others() -> tuple[str, ...]:
    """Return the formats that Pillow has to import a reader for, as far as it has one."""
    found = tuple(FORMATS)
    if _has_heif():
        import pillow_heif

        pillow_heif.register_heif_opener()
        found = (*found, "HEIF")
    Image.init()
    return tuple(name for name in found if name in Image.OPEN and name not in _USUAL)


def open_image(file: IO[bytes]) -> Image.Image:
    """Return an image whose pixels are not decoded yet, if its content is of a format of ours.

    Raises:
        PIL.UnidentifiedImageError: if it is of another.
    """
    try:
        return Image.open(file, formats=_USUAL)
    except UnidentifiedImageError:
        file.seek(0)
        return Image.open(file, formats=_others())


def ending_of(name: str) -> str:
    """Return the ending of a file's name in small letters, such as ".jpg"; "" if it has none."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, no path


def looks_like_image(name: str) -> bool:
    """Whether a file of this name is listed."""
    return ending_of(name) in IMAGE_SUFFIXES


def told_of(head: bytes) -> str:
    """Return what the content of a file that was not opened is, and the way out; "" if unknown."""
    for start, mark, ending in _MARKS:
        if head[start:].startswith(mark):
            return f"{ending[1:].upper()} is not read: {NOT_READ[ending]}"
    return ""
