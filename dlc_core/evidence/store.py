"""Evidence kept in the run: one folder per material, to which cells are only ever added."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.evidence.cells import Cell
from dlc_core.evidence.room import Room
from dlc_core.evidence.trial import Key
from dlc_core.runs.files import read_json, write_json
from dlc_core.runs.lock import writing

FOLDER = "evidence"
SETTINGS_FILE, CELLS_FILE = "settings.json", "cells.jsonl"
_LARGEST_LINE = 1 << 24


@dataclass(eq=False)
class Record:
    """What is measured so far.

    Attributes:
        settings: what it was measured on and how, as `settings_of` says it.
        judged: how many samples can be held out in all.
        held: seed -> the held-out places, ascending.
        cells: key -> cell.
        room: what the splits leave, as the last one who measured noted it; None if nobody did.
    """

    settings: Mapping[str, Any]
    judged: int = 0
    held: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    cells: dict[Key, Cell] = field(default_factory=dict)
    room: Room | None = None

    def take(self, line: str) -> None:
        """Take a line of the file; one that is not whole (a stop, a full disk) is passed over."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            value = json.loads(line)
            if "places" in value:
                bits = np.frombuffer(base64.b64decode(value["places"]), dtype=np.uint8)
                self.judged = int(value["judged"])
                mask = np.unpackbits(bits, count=self.judged).astype(np.bool_)
                self.held[int(value["seed"])] = np.flatnonzero(mask)
                return
            if "room" in value:
                self.room = Room.of(value["room"])
                return
            cell = Cell.of(value)
            self.cells[cell.key] = cell


def folder_of(run: Path, settings: Mapping[str, Any]) -> Path:
    """Return the folder of what is measured with these settings."""
    text = json.dumps(settings, sort_keys=True)
    return run / FOLDER / hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def read_record(folder: Path) -> Record | None:
    """Return what a folder holds, also while it is written; None if there is nothing."""
    settings = read_json(folder / SETTINGS_FILE)
    if settings is None:
        return None
    record = Record(settings)
    file = folder / CELLS_FILE
    # A damaged disk may leave bytes that are no text: their line is passed over like half a line.
    with contextlib.suppress(OSError), file.open(encoding="utf-8", errors="replace") as lines:
        while line := lines.readline(_LARGEST_LINE):
            record.take(line)
    return record


def records(run: Path) -> list[Path]:
    """Return the folders of a run's evidence, the last one written to first."""
    times = {}
    for file in (run / FOLDER).glob(f"*/{CELLS_FILE}"):
        with contextlib.suppress(OSError):  # removed meanwhile
            times[file.parent] = file.stat().st_mtime_ns
    return sorted(times, key=times.__getitem__, reverse=True)


class Writer:
    """Adds to a record; hold it open while measuring."""

    def __init__(self, record: Record, file: IO[str]) -> None:
        """Take an open file."""
        self.record, self._file = record, file

    def split(self, seed: int, places: NDArray[np.int64], judged: int) -> None:
        """Note what a seed holds out, once."""
        if seed in self.record.held:
            return
        mask = np.zeros(judged, dtype=np.bool_)
        mask[places] = True
        bits = base64.b64encode(np.packbits(mask).tobytes()).decode()
        self._line({"seed": seed, "judged": judged, "places": bits})

    def room(self, room: Room) -> None:
        """Note what the splits leave, if that is not what is noted."""
        if room != self.record.room:
            self._line({"room": room.as_list()})

    def cell(self, cell: Cell) -> None:
        """Note a cell."""
        self._line(cell.as_dict())

    def _line(self, value: dict[str, Any]) -> None:
        line = json.dumps(value)
        self._file.write(line + "\n")
        self._file.flush()
        self.record.take(line)


def make_folders(folder: Path) -> None:
    """Make a folder of evidence and the one that it is in.

    Raises:
        DLCError: if they cannot be made, or one is a link.
    """
    for part in (folder.parent, folder):
        if part.is_symlink():
            raise DLCError(f"{part} is a link; expected a folder of the run: remove it.")
    try:
        for part in (folder.parent, folder):
            part.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise DLCError(f"cannot write {folder}: {error.strerror}.") from error


@contextlib.contextmanager
def open_record(run: Path, settings: Mapping[str, Any]) -> Iterator[tuple[Path, Writer]]:
    """Hold the record of these settings open for more; nobody else can write it meanwhile.

    Raises:
        DLCError: if another process writes it, or the run cannot be written.
    """
    folder = folder_of(run, settings)
    make_folders(folder)
    with writing(folder):
        if not (folder / SETTINGS_FILE).is_file():
            write_json(folder / SETTINGS_FILE, settings)
        record = read_record(folder) or Record(settings)
        with (folder / CELLS_FILE).open("a", encoding="utf-8") as file:
            file.write("\n")  # ends a half line of a writer that was killed
            yield folder, Writer(record, file)
