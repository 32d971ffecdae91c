"""A tree of class folders that torchvision's ImageFolder reads: OUT/label/file name."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from dlc_core.errors import DLCError
from dlc_core.export.image_export import ImageExport, Written
from dlc_core.export.sources import Sources, Unusable
from dlc_core.export.staging import staged_folder
from dlc_core.export.tree_names import Placed

_CHUNK = 1 << 20  # bytes


def write_imagefolder(job: ImageExport) -> Written:
    """Write OUT/label/file name with the labels that people decided on.

    Raises:
        DLCError: if a label cannot be a folder, or nothing could be
            written; OUT is then as before.
    """
    with staged_folder(job.out) as folder:
        taken = fill(job, folder)
    return job.written(taken)


def fill(job: ImageExport, folder: Path, *, named: dict[int, str] | None = None) -> list[int]:
    """Write label/file name below a folder.

    Args:
        job: the export.
        folder: an empty folder.
        named: takes row -> label/file name of what was written, if given.

    Returns:
        The rows of the content's table that are there.
    """
    place = _PLACE[job.mode]
    made: set[Path] = set()

    def take(sample: Placed) -> None:
        target = folder / sample.target
        if target.parent not in made:
            _make(target.parent)
            made.add(target.parent)
        place(job.sources, sample.source, target)
        if named is not None:
            named[sample.row] = sample.target

    return job.each(take)


def _make(folder: Path) -> None:
    try:
        folder.mkdir()
    except FileExistsError as error:  # of another label: capitals do not count on this disk
        raise DLCError(
            f"the disk takes the label {folder.name!r} for another one; export a ZIP, or relabel."
        ) from error


def _copy(sources: Sources, source: str, target: Path) -> None:
    with sources.open(source) as file, target.open("xb") as copy:
        while True:
            try:
                data = file.read(_CHUNK)
            except OSError as error:
                copy.close()
                target.unlink()
                raise Unusable(f"cannot be read: {error.strerror}") from error
            if not data:
                return
            copy.write(data)


def _hardlink(sources: Sources, source: str, target: Path) -> None:
    try:
        os.link(sources.find(source), target)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise DLCError(
                f"cannot hard-link {source} ({error.strerror}): that takes the same disk and "
                "files of your own; use --mode copy or symlink."
            ) from error
        raise


def _symlink(sources: Sources, source: str, target: Path) -> None:
    target.symlink_to(sources.find(source))


_PLACE: dict[str, Callable[[Sources, str, Path], None]] = {
    "copy": _copy,
    "hardlink": _hardlink,
    "symlink": _symlink,
}
