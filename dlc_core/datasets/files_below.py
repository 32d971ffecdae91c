"""Samples whose images are files below one folder: read, and noticed when they change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from dlc_core.data_files import data_status
from dlc_core.data_roots import OutsideRoots, require_allowed
from dlc_core.datasets.dataset import Sample
from dlc_core.datasets.images import UnreadableImage, read_image
from dlc_core.errors import DLCError
from dlc_core.file_names import is_utf8, printable


@dataclass(frozen=True)
class FilesBelow:
    """The images of a dataset at root/path.

    Attributes:
        root: the folder, resolved.
        listed: whether its folders were listed; a table may name some that never were.
    """

    root: Path
    listed: bool = True

    def read(self, sample: Sample) -> Image.Image:
        """Return a sample's image.

        Raises:
            UnreadableImage: if it is a fault.
            DLCError: if its folder is gone: that is no fault of thousands.
        """
        file = self.root / sample.path
        try:
            return read_image(file)
        except UnreadableImage as fault:
            folder = file.parent if self.listed else self.root
            if not folder.is_dir():
                raise DLCError(
                    f"the folder {shown(folder)} was there and is gone; bring it back and go on "
                    "with --resume, what was done is kept."
                ) from fault
            raise

    def stamp(self, sample: Sample) -> tuple[int, int]:
        """Return size in bytes and time of change of a sample's file; (-1, -1) if it is gone."""
        try:
            status = data_status(self.root / sample.path)
        except (OSError, OutsideRoots):
            return -1, -1
        return status.st_size, status.st_mtime_ns


def existing_folder(path: Path, *, expected: str) -> Path:
    """Return a folder, resolved.

    Args:
        path: as it was typed.
        expected: what it should be, for the sentence.

    Raises:
        DLCError: if it is missing, no folder, cannot be opened, or lies outside the data roots.
    """
    path = path.expanduser()
    require_allowed(path)
    try:
        path = path.resolve(strict=True)
        is_folder = path.is_dir()
        if is_folder:
            next(path.iterdir(), None)
    except FileNotFoundError as error:
        raise DLCError(f"no such folder: {shown(path)}; expected {expected}.") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise DLCError(f"cannot open the folder {shown(path)}: {error}.") from error
    if not is_utf8(str(path)):
        raise DLCError(f"the name of the folder {shown(path)} is not valid UTF-8; rename it.")
    if not is_folder:
        raise DLCError(f"{shown(path)} is a file; expected {expected}.")
    return path


def shown(path: Path) -> str:
    """Return a path for a message."""
    return printable(str(path))
