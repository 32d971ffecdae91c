"""Reading decisions.jsonl: the events in order; what was read once is not read again."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from dlc_core.decisions.event import Event, decoded
from dlc_core.decisions.log import FILE, Log
from dlc_core.errors import DLCError, refused
from dlc_core.runs.summed_lines import DAMAGED, WHOLE, state_of

_GUARD = 64  # bytes before the place read up to that must still be the same


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
