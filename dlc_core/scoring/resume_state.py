"""What a scoring keeps on disk while it is under way: a kill at any moment loses seconds."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import read_json, write_atomically, write_json
from dlc_core.datasets import Fault
from dlc_core.row_file import RowFile
from dlc_core.runs.finish_early import finish_asked, withdraw_finish
from dlc_core.thumbnails import ThumbnailFile

# One row per image looked at; a width of 0 marks a fault. bytes and modified tell whether the file
# changed since; thumbnail is the end of its picture in thumbnails.bin.
IMAGE = np.dtype(
    [
        ("width", "<i4"),
        ("height", "<i4"),
        ("bytes", "<i8"),
        ("modified", "<i8"),
        ("thumbnail", "<i8"),
    ]
)
NOT_KNOWN = np.uint16(65535)  # no class predicted yet


@dataclass(frozen=True)
class Position:
    """How far the first pass is known to be on disk.

    Attributes:
        images: images looked at.
        rows: those of them that could be read; their features are there.
        cached: whether their pixels are kept too.
        complete: whether the first pass is over.
        decodes: images decoded completely, over all starts of this scoring.
    """

    images: int = 0
    rows: int = 0
    cached: bool = True
    complete: bool = False
    decodes: int = 0


class Work:
    """The folder RUN/work of one scoring; open files, so close it.

    The first pass appends to row files; state.json says after each checkpoint how many rows count.
    A loss is computed once it is not NaN.
    """

    def __init__(self, run: Path, *, crop: int, dimension: int) -> None:
        """Open or create the folder.

        Args:
            run: the run directory, its lock held.
            crop: side of the crops.
            dimension: D of the features.
        """
        self.folder = run / "work"
        self.folder.mkdir(exist_ok=True)
        self._state, self._faults = self.folder / "state.json", self.folder / "faults.jsonl"
        self._losses, self._nearest = self.folder / "losses.npy", self.folder / "nearest.npy"
        self._run = run
        withdraw_finish(run)  # it was asked of an earlier process
        self._crop = crop
        self.images = RowFile(self.folder / "images.bin", (), IMAGE)
        self.pixels = RowFile(self.folder / "pixels.bin", (crop, crop, 3), np.uint8)
        self.features = RowFile(self.folder / "features.bin", (dimension,), np.float32)
        self.thumbnails = ThumbnailFile(run)

    def position(self) -> Position:
        """Return where to go on, dropping whatever was written after the last checkpoint."""
        at = self._noted()
        images = self.images.mapped()[: at.images]
        end = int(images["thumbnail"][-1]) if len(images) else 0
        faults = [fault for fault in self._listed_faults() if fault[0] < at.images]
        whole = (
            len(images) == at.images
            and len(faults) == np.count_nonzero(images["width"] == 0)
            and len(self.features) >= at.rows
            and (len(self.pixels) >= at.rows or not at.cached)
            and len(self.thumbnails) >= end
        )
        if not whole:
            at, end = Position(), 0
        if not at.complete:  # whatever was made of the pixels is made anew
            self._remove_grids()
            (self._run / "features.npy").unlink(missing_ok=True)
            self.thumbnails.withdraw()
        self.images.keep(at.images)
        self.features.keep(at.rows)
        self.pixels.keep(at.rows if at.cached else 0)
        self.thumbnails.keep(end)
        self._drop_faults(at.images)
        return at

    def _noted(self) -> Position:
        value = read_json(self._state) or {}
        if value.pop("crop", self._crop) != self._crop:
            return Position()
        try:
            return Position(**value)
        except TypeError:
            return Position()

    def checkpoint(self, at: Position) -> None:
        """Note how far the first pass is, once all of it is on the disk."""
        for file in (self.images, self.pixels, self.features, self.thumbnails):
            file.sync()
        if self._faults.is_file():
            with self._faults.open("rb") as faults:
                os.fsync(faults.fileno())
        write_json(self._state, {**asdict(at), "crop": self._crop})

    def add_fault(self, image: int, fault: Fault) -> None:
        """Note that an image could not be read."""
        with self._faults.open("a", encoding="utf-8") as file:
            file.write(json.dumps([image, *fault]) + "\n")

    def faults(self) -> list[Fault]:
        """Return the images that could not be read."""
        return [fault for _, fault in self._listed_faults()]

    def _listed_faults(self) -> list[tuple[int, Fault]]:
        if not self._faults.is_file():
            return []
        found = []
        for line in self._faults.read_text(encoding="utf-8").splitlines():
            try:
                image, path, label, error = json.loads(line)
            except ValueError:  # the line at which a kill struck; its image is looked at again
                continue
            found.append((int(image), Fault(path, label, error)))
        return found

    def _drop_faults(self, images: int) -> None:
        kept = [(image, fault) for image, fault in self._listed_faults() if image < images]
        lines = "".join(json.dumps([image, *fault]) + "\n" for image, fault in kept)
        write_atomically(self._faults, lambda file: file.write(lines.encode()))

    def grids(self, masks: int, samples: int) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
        """Return the losses and the nearest centroids' classes, both (M, N), mapped for writing.

        Where nothing is computed yet the loss is NaN and the class NOT_KNOWN.
        """
        losses, nearest = self._grid(self._losses), self._grid(self._nearest)
        shape = masks, samples
        if losses is None or nearest is None or not losses.shape == nearest.shape == shape:
            self._remove_grids()
            _fill(self._losses, shape, np.float64(np.nan))
            _fill(self._nearest, shape, NOT_KNOWN)
            return self.grids(masks, samples)
        return losses, nearest

    def _grid(self, file: Path) -> NDArray[Any] | None:
        try:  # read first: mapped for writing, a file cut short would grow zeros at its end
            whole = np.load(file, mmap_mode="r", allow_pickle=False).nbytes > 0
            grid = np.load(file, mmap_mode="r+", allow_pickle=False) if whole else None
        except (OSError, ValueError, EOFError):
            return None
        return grid

    def _remove_grids(self) -> None:
        for name in ("losses.npy", "nearest.npy", "masked.bin", "masked.json"):
            (self.folder / name).unlink(missing_ok=True)

    @property
    def finish_asked(self) -> bool:
        """Whether someone asked to end with the masks that are done."""
        return finish_asked(self._run)

    def close(self) -> None:
        """Close the files."""
        for file in (self.images, self.pixels, self.features, self.thumbnails):
            file.close()

    def remove(self) -> None:
        """Delete the folder: the run is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _fill(file: Path, shape: tuple[int, int], value: np.generic) -> None:
    """Write an .npy file of one value, as real bytes: a map of them never finds the disk full."""
    row = np.full(shape[1], value)
    header = {"descr": row.dtype.str, "fortran_order": False, "shape": shape}

    def write(target: IO[bytes]) -> None:
        np.lib.format.write_array_header_1_0(target, header)
        for _ in range(shape[0]):
            target.write(row.tobytes())

    write_atomically(file, write)
