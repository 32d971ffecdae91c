"""Reading decisions.jsonl: the events in order, and what stands after all of them."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlc_core.decisions.current import standing
from dlc_core.decisions.event import EXCLUDE, FIELDS, PIN, VERDICTS, Event, decoded
from dlc_core.errors import DLCError, refused
from dlc_core.runs.summed_lines import DAMAGED, WHOLE, state_of

FILE = "decisions.jsonl"
DAMAGED_FILE = "decisions.damaged.jsonl"  # what repair took out of it
_GUARD = 64  # bytes before the place read up to that must still be the same


@dataclass(frozen=True, eq=False)
class Decided:
    """What stands for each of N samples.

    Attributes:
        ids: (N,) the samples, ascending.
        verdict: (N,) int8, 0 none, 1 pin, 2 exclude.
        relabelled: id -> the class name that the sample should have.
        notes: id -> text.
        decided: (N,) whether there is a verdict, a relabel or a note.
    """

    ids: NDArray[np.int64]
    verdict: NDArray[np.int8]
    relabelled: dict[int, str]
    notes: dict[int, str]
    decided: NDArray[np.bool_]

    @cached_property
    def pinned(self) -> NDArray[np.bool_]:
        """(N,) whether each sample is always kept."""
        return np.equal(self.verdict, PIN)

    @cached_property
    def excluded(self) -> NDArray[np.bool_]:
        """(N,) whether each sample is never kept."""
        return np.equal(self.verdict, EXCLUDE)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many samples have a "pin", "exclude", "relabel", "note", or any ("decided")."""
        return {
            "pin": int(np.count_nonzero(self.pinned)),
            "exclude": int(np.count_nonzero(self.excluded)),
            "relabel": len(self.relabelled),
            "note": len(self.notes),
            "decided": int(np.count_nonzero(self.decided)),
        }


@dataclass(frozen=True, eq=False)
class Log:
    """A run's decisions as they were at one moment.

    Attributes:
        events: acts, undos and redos in the order of the file; `active` says which acts count.
        version: another one whenever the file has changed; hashable.
        unreadable: lines that are no event: cut short, or of a newer version.
        damaged: numbers of the lines, from 1, that are not what was written.
    """

    events: tuple[Event, ...] = ()
    version: tuple[int, ...] = ()
    unreadable: int = 0
    damaged: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Return the number of events, undos and redos included."""
        return len(self.events)

    def find(self, event: str) -> Event | None:
        """Return the event of this id, or None."""
        return self._by_id.get(event)

    @cached_property
    def _by_id(self) -> dict[str, Event]:
        return {event.event: event for event in self.events}

    def state(self, ids: NDArray[np.int64]) -> Decided:
        """Return what stands for samples: of each field the last active event that sets it.

        Args:
            ids: (N,) sample ids, ascending, distinct; decisions on others are left out.
        """
        stands = {field: standing(self.events, field, ids) for field in FIELDS}
        codes = [VERDICTS.get(str(event.verdict), 0) for event in self.events]
        # The last code is that of "no event", which is place -1.
        verdict = np.array([*codes, 0], dtype=np.int8)[stands["verdict"]]
        texts = {field: self._texts(field, stands[field], ids) for field in FIELDS[1:]}
        decided = verdict != 0
        for _, rows in texts.values():
            decided[rows] = True
        return Decided(ids, verdict, texts["relabel"][0], texts["note"][0], decided)

    def _texts(
        self, field: str, stands: NDArray[np.int32], ids: NDArray[np.int64]
    ) -> tuple[dict[int, str], NDArray[np.int64]]:
        values = [getattr(event, field) for event in self.events]
        has = np.array([*(isinstance(value, str) for value in values), False], dtype=np.bool_)
        rows = np.flatnonzero(has[stands])
        places = stands[rows].tolist()
        samples = ids[rows].tolist()
        return {i: values[k] for i, k in zip(samples, places, strict=True)}, rows


def read_log(run_path: Path) -> Log:
    """Return a run's decisions; while the file does not change, this costs one look at it.

    A torn last line (a writer at work, or killed) is left out, and lines that are no event are
    counted and passed over. No file means no decisions.

    Raises:
        DLCError: if the file is there but may not be read, or a line is not what was written: what
            was decided in it is not known, and an undo may have been.
    """
    log = _reader(str(Path(run_path).absolute())).log()
    if log.damaged:
        raise DLCError(damaged_sentence(run_path, log.damaged))
    return log


def damaged_lines(run_path: Path) -> tuple[int, ...]:
    """Return the numbers of the lines of a run's decisions that are damaged, from 1.

    Raises:
        DLCError: if the file is there but may not be read.
    """
    return _reader(str(Path(run_path).absolute())).log().damaged


def damaged_sentence(run_path: Path, lines: Sequence[int]) -> str:
    """Return the sentence on damaged lines, with what to do."""
    more = f" and {len(lines) - 1:,} more" if len(lines) > 1 else ""
    return (
        f"{Path(run_path) / FILE} is damaged: line {lines[0]:,}{more} is not what was written, so "
        "what was decided there is not known; bring back a copy of the file, or go on without it "
        "with dlc decisions RUN --repair."
    )


def log_in(data: bytes) -> Log:
    """Return the decisions in the bytes of a log, its last line taken as whole."""
    reader = _Reader(Path())
    for line in data.split(b"\n"):
        reader.take(line)
    return reader.taken()


@lru_cache(maxsize=16)
def _reader(run_path: str) -> _Reader:
    return _Reader(Path(run_path) / FILE)


class _Reader:
    """Keeps the log of one file and how far it was read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()  # the dashboard reads from several threads
        self._forget()

    def _forget(self) -> None:
        self._log = Log()
        self._events: list[Event] = []
        self._places: dict[str, int] = {}
        self._offset = 0
        self._guard = b""
        self._unreadable = self._lines = 0
        self._damaged: list[int] = []
        self._tail = False  # whether the last line counts though it has no line break

    def log(self) -> Log:
        """Return the log as it is now."""
        with self._lock:
            try:
                status = os.stat(self._file)  # noqa: PTH116 - one call
                if _stamp(status) != self._log.version:
                    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                        # A pipe would be waited for, a device read for ever.
                        raise DLCError(f"{self._file} is no plain file; move it away.")
                    self._read()
            except (FileNotFoundError, NotADirectoryError):
                if self._log.version:
                    self._forget()
            except OSError as error:
                raise DLCError(refused(self._file, error, act="read")) from error
            return self._log

    def _read(self) -> None:
        with self._file.open("rb") as file:
            status = os.fstat(file.fileno())
            if not self._goes_on(file.fileno(), status):
                self._forget()
            file.seek(self._offset)
            whole, line_break, torn = file.read().rpartition(b"\n")
        if line_break:
            self._offset += len(whole) + 1
            self._guard = (self._guard + whole[-_GUARD:] + b"\n")[-_GUARD:]
            for line in whole.split(b"\n"):
                self.take(line)
        if state_of(torn) == WHOLE:  # its sum says so; only the line break is damaged
            self.take(torn)
            self._tail = True
        self._log = self.taken(_stamp(status))

    def taken(self, version: tuple[int, ...] = ()) -> Log:
        """Return the log of all that was taken."""
        return Log(tuple(self._events), version, self._unreadable, tuple(self._damaged))

    def _goes_on(self, descriptor: int, status: os.stat_result) -> bool:
        """Whether the file is the one read before, with lines added."""
        known = self._log.version
        if (
            self._tail
            or not known
            or known[:2] != _stamp(status)[:2]
            or status.st_size < self._offset
        ):
            return False
        start = self._offset - len(self._guard)
        return os.pread(descriptor, len(self._guard), start) == self._guard

    def take(self, line: bytes) -> None:
        """Add the event in a line."""
        self._lines += 1
        if not line:
            return
        if state_of(line) == DAMAGED:
            self._damaged.append(self._lines)
            return
        event = decoded(line)
        if event is None or event.event in self._places:
            self._unreadable += 1
            return
        self._places[event.event] = len(self._events)
        self._events.append(event)
        place = self._places.get(event.undo or event.redo or "")
        if place is not None and self._events[place].fields:
            self._events[place] = replace(self._events[place], active=event.undo is None)


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
