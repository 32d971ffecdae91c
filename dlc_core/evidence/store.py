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

from dlc_core.atomic_files import read_json, write_atomically, write_json
from dlc_core.errors import DLCError, refused
from dlc_core.evidence.available_samples import Room
from dlc_core.evidence.measurement import Cell
from dlc_core.evidence.trial import Key
from dlc_core.runs.damage import fault_of
from dlc_core.runs.lock import writing
from dlc_core.runs.summed_lines import DAMAGED, mended, state_of, with_sum

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
        damaged: numbers of the lines that are not what was written, from 1: they do not count.
    """

    settings: Mapping[str, Any]
    judged: int = 0
    held: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    cells: dict[Key, Cell] = field(default_factory=dict)
    room: Room | None = None
    damaged: list[int] = field(default_factory=list)

    def take(self, line: bytes, number: int = 0) -> None:
        """Take a line of the file; one that is not whole (a stop, a full disk) is passed over.

        Args:
            line: without its line break.
            number: its place in the file, from 1.
        """
        if state_of(line) == DAMAGED:
            self.damaged.append(number)
            return
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
            value = json.loads(mended(line))
            if not isinstance(value, dict):
                return
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
    settings = None if _fault(folder) else read_json(folder / SETTINGS_FILE)
    if settings is None:
        return None
    record = Record(settings)
    if not (folder / CELLS_FILE).is_file():
        return record
    with contextlib.suppress(OSError), (folder / CELLS_FILE).open("rb") as lines:
        number = 0
        while line := lines.readline(_LARGEST_LINE):
            number += 1
            record.take(line.rstrip(b"\n"), number)
    return record


def _fault(folder: Path) -> str:
    return fault_of(folder.parents[1], f"{FOLDER}/{folder.name}/{SETTINGS_FILE}", None)


def records(run: Path) -> list[Path]:
    """Return the folders of a run's evidence, the last one written to first."""
    times = {}
    for file in (run / FOLDER).glob(f"*/{CELLS_FILE}"):
        with contextlib.suppress(OSError):  # removed meanwhile
            times[file.parent] = file.stat().st_mtime_ns
    return sorted(times, key=times.__getitem__, reverse=True)


class Writer:
    """Adds to a record; hold it open while measuring."""

    def __init__(self, record: Record, file: IO[bytes]) -> None:
        """Take an open file, and the record of what is in it."""
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
        line = with_sum(json.dumps(value).encode())
        self._file.write(line + b"\n")
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
        raise DLCError(refused(folder, error)) from error


def _drop_damaged(file: Path) -> None:
    lines = [line for line in file.read_bytes().split(b"\n") if state_of(line) != DAMAGED]
    write_atomically(file, lambda target: target.write(b"\n".join(lines)))


@contextlib.contextmanager
def open_record(run: Path, settings: Mapping[str, Any]) -> Iterator[tuple[Path, Writer]]:
    """Hold the record of these settings open for more; nobody else can write it meanwhile.

    Raises:
        DLCError: if another process writes it, or the run cannot be written.
    """
    folder = folder_of(run, settings)
    make_folders(folder)
    with writing(folder):
        if _fault(folder) or read_json(folder / SETTINGS_FILE) != settings:
            write_json(folder / SETTINGS_FILE, settings, summed=True)
        record = read_record(folder) or Record(settings)
        if record.damaged:  # their cells are measured again
            _drop_damaged(folder / CELLS_FILE)
        with (folder / CELLS_FILE).open("ab") as file:
            file.write(b"\n")  # ends a half line of a writer that was killed
            yield folder, Writer(record, file)
