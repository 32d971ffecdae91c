"""What a scoring keeps on disk while it is under way: a kill at any moment loses seconds."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import read_json, write_atomically, write_json
from dlc_core.datasets import Fault
from dlc_core.modalities.base import Modality, Row
from dlc_core.previews import PreviewFile
from dlc_core.row_file import RowFile
from dlc_core.runs.finish_early import finish_asked, withdraw_finish

if TYPE_CHECKING:
    from dlc_core.scoring.units import Units

NOT_KNOWN = np.uint16(65535)  # no class predicted yet


def looked_type(kind: Modality) -> np.dtype[Any]:
    """Return the record that is kept of each sample looked at.

    It holds the modality's columns, then `bytes` and `modified`, which tell whether the file
    changed since, and `preview`: its length while it travels, where it ends once it is stored.
    """
    stamp = [("bytes", "<i8"), ("modified", "<i8"), ("preview", "<i8")]
    return np.dtype([*kind.columns, *stamp])


@dataclass(frozen=True)
class Position:
    """How far the first pass is known to be on disk.

    Attributes:
        looked: samples looked at.
        rows: those of them that could be read; their outputs are there.
        cached: whether they are kept as prepared, too.
        complete: whether the first pass is over.
        decodes: samples decoded completely, over all starts of this scoring.
    """

    looked: int = 0
    rows: int = 0
    cached: bool = True
    complete: bool = False
    decodes: int = 0


class Work:
    """The folder RUN/work of one scoring; open files, so close it.

    The first pass appends to row files; state.json says after each checkpoint how many rows count.
    A loss is computed once it is not NaN.
    """

    def __init__(self, run: Path, *, kind: Modality, row: Row, dimension: int) -> None:
        """Open or create the folder.

        Args:
            run: the run directory, its lock held.
            kind: of the samples.
            row: what is kept of each prepared sample.
            dimension: D of the features.
        """
        self.folder = run / "work"
        self.folder.mkdir(exist_ok=True)
        _renewed(self.folder)
        self._state, self._faults = self.folder / "state.json", self.folder / "faults.jsonl"
        self._losses, self._nearest = self.folder / "losses.npy", self.folder / "nearest.npy"
        self._run = run
        withdraw_finish(run)  # it was asked of an earlier process
        self._row = [list(row.shape), row.dtype]
        self.looked = RowFile(self.folder / "looked.bin", (), looked_type(kind))
        self.features = RowFile(self.folder / "features.bin", (dimension,), np.float32)
        self.previews = PreviewFile(run)

    def position(self, units: Units) -> Position:
        """Return where to go on, dropping whatever was written after the last checkpoint.

        Args:
            units: whoever keeps the prepared samples.
        """
        at = self._noted()
        looked = self.looked.mapped()[: at.looked]
        end = int(looked["preview"][-1]) if len(looked) else 0
        faults = {place for place, _ in self._listed_faults() if place < at.looked}
        whole = (
            len(looked) == at.looked
            and len(faults) == at.looked - at.rows
            and len(self.features) >= at.rows
            and units.kept(at.rows if at.cached else 0)
            and len(self.previews) >= end
        )
        if not whole:
            at, end = Position(), 0
            units.kept(0)
        if not at.complete:  # whatever was made of the samples is made anew
            self._remove_grids()
            (self._run / "features.npy").unlink(missing_ok=True)
            self.previews.withdraw()
        self.looked.keep(at.looked)
        self.features.keep(at.rows)
        self.previews.keep(end)
        self._drop_faults(at.looked)
        return at

    def _noted(self) -> Position:
        value = read_json(self._state) or {}
        if value.pop("row", None) != self._row:
            return Position()
        try:
            return Position(**value)
        except TypeError:
            return Position()

    def checkpoint(self, at: Position) -> None:
        """Note how far the first pass is, once all of it is on the disk."""
        for file in (self.looked, self.features, self.previews):
            file.sync()
        if self._faults.is_file():
            with self._faults.open("rb") as faults:
                os.fsync(faults.fileno())
        write_json(self._state, {**asdict(at), "row": self._row})

    def add_fault(self, place: int, fault: Fault) -> None:
        """Note that a sample could not be read."""
        with self._faults.open("a", encoding="utf-8") as file:
            file.write(json.dumps([place, *fault]) + "\n")

    def faults(self) -> list[Fault]:
        """Return the samples that could not be read."""
        return [fault for _, fault in self._listed_faults()]

    def readable(self) -> NDArray[np.int64]:
        """Return the places of the samples that could be read, of those looked at, ascending."""
        faults = [place for place, _ in self._listed_faults()]
        return np.setdiff1d(np.arange(len(self.looked)), faults)

    def _listed_faults(self) -> list[tuple[int, Fault]]:
        if not self._faults.is_file():
            return []
        found = []
        for line in self._faults.read_text(encoding="utf-8").splitlines():
            try:
                place, path, label, error = json.loads(line)
            except ValueError:  # the line at which a kill struck; its sample is looked at again
                continue
            found.append((int(place), Fault(path, label, error)))
        return found

    def _drop_faults(self, looked: int) -> None:
        kept = [(place, fault) for place, fault in self._listed_faults() if place < looked]
        lines = "".join(json.dumps([place, *fault]) + "\n" for place, fault in kept)
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
        for file in (self.looked, self.features, self.previews):
            file.close()

    def remove(self) -> None:
        """Delete the folder: the run is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _renewed(folder: Path) -> None:
    """Bring what an earlier version left under way to the names of now; its bytes are the same."""
    state = folder / "state.json"
    value = read_json(state) or {}
    if "images" not in value:
        return
    for old, new in (("images.bin", "looked.bin"), ("pixels.bin", "prepared.bin")):
        if (folder / old).is_file():
            (folder / old).replace(folder / new)
    known = {field.name for field in fields(Position)}
    at = {name: one for name, one in value.items() if name in known}
    sides = [one for name, one in value.items() if name not in known | {"images"}]
    kept = [[*sides, *sides, 3], "uint8"]  # squares of that side
    write_json(state, {**at, "looked": value["images"], "row": kept})


def _fill(file: Path, shape: tuple[int, int], value: np.generic) -> None:
    """Write an .npy file of one value, as real bytes: a map of them never finds the disk full."""
    row = np.full(shape[1], value)
    header = {"descr": row.dtype.str, "fortran_order": False, "shape": shape}

    def write(target: IO[bytes]) -> None:
        np.lib.format.write_array_header_1_0(target, header)
        for _ in range(shape[0]):
            target.write(row.tobytes())

    write_atomically(file, write)
