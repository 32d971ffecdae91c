"""Opening the files that a run's samples were scored from, and nothing else."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from dlc_core.data_files import open_descriptor
from dlc_core.data_roots import OutsideRoots, is_allowed, require_allowed
from dlc_core.datasets.images import OUTSIDE, UnreadableImage
from dlc_core.datasets.reopen import ReopenedImages, has_files, reopen
from dlc_core.errors import DLCError
from dlc_core.export.content import Content
from dlc_core.runs.begun_here import begun_here


class Unusable(Exception):  # noqa: N818 - a fault of the data, not an error of ours
    """A source that cannot be exported; its text is the reason a person sees."""


class Sources(Protocol):
    """Where the images of an export come from."""

    @property
    def root(self) -> Path | None:
        """The folder of the files, resolved; None if the images are no files."""

    def find(self, path: str) -> Path:
        """Return the file of a sample."""

    def open(self, path: str) -> IO[bytes]:
        """Open the file of a sample."""


@dataclass(frozen=True)
class Encoded:
    """Images that are no files: each is made one when it is asked for."""

    images: ReopenedImages
    root: None = None

    def find(self, path: str) -> Path:
        """Refuse: there is no file to link to.

        Raises:
            DLCError: always.
        """
        raise DLCError(f"{path} is no file of its own, so it cannot be linked; use --mode copy.")

    def open(self, path: str) -> IO[bytes]:
        """Return the image as a file in memory.

        Raises:
            Unusable: if it cannot be read any more.
        """
        try:
            return io.BytesIO(self.images.encoded(path))
        except UnreadableImage as error:
            raise Unusable(str(error)) from error


@dataclass(frozen=True)
class Files:
    """The folder of a run's dataset, and where links in it may lead.

    Attributes:
        root: the folder, resolved.
        allowed: it, and further folders that links may lead into, resolved.
    """

    root: Path
    allowed: tuple[Path, ...]

    def find(self, path: str) -> Path:
        """Return the file of a sample with all links followed.

        Args:
            path: POSIX, relative to the root.

        Raises:
            Unusable: if it lies elsewhere, is missing or no regular file.
        """
        if os.path.isabs(path) or ".." in path.split("/"):  # noqa: PTH117 - a name from a table
            raise Unusable("a path that leads out of the dataset's folder; not read")
        try:
            file = (self.root / path).resolve(strict=True)
            regular = stat.S_ISREG(file.stat().st_mode)
        except OSError as error:
            raise Unusable(_reason(error)) from error
        except (RuntimeError, ValueError) as error:  # a loop of links, a NUL
            raise Unusable("a name or a link that leads nowhere") from error
        if not any(file.is_relative_to(folder) for folder in self.allowed):
            raise Unusable("a link that leads out of the dataset's folder (see --data-root)")
        if not is_allowed(file):
            raise Unusable(OUTSIDE)
        if not regular:
            raise Unusable("not a regular file")
        return file

    def open(self, path: str) -> IO[bytes]:
        """Open the file of a sample; never anything but a regular file.

        Raises:
            Unusable: as `find`, or if it may not be read.
        """
        try:
            descriptor = open_descriptor(self.find(path), flags=os.O_NOFOLLOW)
        except OutsideRoots as error:  # exchanged since the look
            raise Unusable(OUTSIDE) from error
        except OSError as error:
            raise Unusable(_reason(error)) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # exchanged since the look
            os.close(descriptor)
            raise Unusable("not a regular file")
        return os.fdopen(descriptor, "rb")


def sources_of(content: Content, *, data_roots: Sequence[str | Path] = ()) -> Sources:
    """Return where the images of an export are.

    Args:
        content: what is exported.
        data_roots: further folders that links in the dataset may lead into.

    Raises:
        DLCError: if the run's data is gone.
    """
    known = content.run.info["dataset"]
    if not has_files(known):
        run = content.run
        return Encoded(reopen(known, ours=begun_here(run.path, run.info)))
    root = _folder(Path(content.root), "bring it back, or export a table, which needs no images")
    others = [_folder(Path(other).expanduser(), "name one that is there") for other in data_roots]
    return Files(root, (root, *others))


def _folder(path: Path, what_to_do: str) -> Path:
    require_allowed(path)
    try:
        found = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        found = None
    if found is None or not found.is_dir():
        raise DLCError(f"the folder {path} cannot be found; {what_to_do}.")
    return found


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "the file is missing"
    if error.errno == errno.ELOOP:
        return "a link that leads to itself"
    return f"cannot be opened: {error.strerror}"
