"""Appending to decisions.jsonl: whole lines, one writer at a time, safe against a crash."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from dlc_core.atomic_files import write_atomically
from dlc_core.decisions.event import (
    LONGEST_NAME,
    UNSET,
    Event,
    Value,
    encoded,
    fault_of,
    id_array,
    is_name,
)
from dlc_core.decisions.log import DAMAGED_FILE, FILE, Log, damaged_lines, read_log
from dlc_core.decisions.undoing import can_redo, can_undo
from dlc_core.errors import DLCError, refused

_LOCK = ".decisions.lock"  # not the run's lock, which a scoring may hold for hours
_PLAIN = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # neither a link nor a pipe that waits
_PATIENCE = 20.0  # seconds; a writer needs milliseconds
Values = tuple[Value, Value, Value]  # verdict, relabel, note
_NO_IDS = np.empty(0, dtype=np.int64)


def record(
    run_path: Path,
    ids: Sequence[int],
    *,
    by: str,
    verdict: Value = UNSET,
    relabel: Value = UNSET,
    note: Value = UNSET,
) -> str:
    """Append one act of a person to a run's log; it is on the disk when this returns.

    Args:
        run_path: the run directory; a job may be scoring it.
        ids: of the samples, at least one, in any order.
        by: who: the id of a browser tab's session, or "cli".
        verdict: "pin" or "exclude", each overriding the other; None clears it, UNSET leaves it.
        relabel: a class name of up to 200 characters; None clears it, UNSET leaves it.
        note: text of up to 2,000 characters; None clears it, UNSET leaves it.

    Returns:
        The event's id.

    Raises:
        DLCError: if a value is out of range or the log cannot be written; it then is as before.
    """
    event = _event(ids, by, verdict, relabel, note)
    with _writing(run_path):
        _append(run_path / FILE, encoded(event))
    return event.event


def record_all(run_path: Path, acts: Mapping[Values, Sequence[int]], *, by: str) -> list[str]:
    """Append many acts at once: all of them, or none if one is out of range.

    Args:
        run_path: the run directory.
        acts: (verdict, relabel, note) -> ids of the samples, each as for `record`.
        by: who.

    Returns:
        The events' ids.

    Raises:
        DLCError: if a value is out of range or the log cannot be written; it then is as before.
    """
    events = [_event(ids, by, *values) for values, ids in acts.items()]
    if events:
        with _writing(run_path):
            _append(run_path / FILE, b"".join(map(encoded, events)))
    return [event.event for event in events]


def undo_all(run_path: Path, events: Sequence[str], *, by: str) -> int:
    """Take back these acts, whatever was decided since; return how many still counted.

    Args:
        run_path: the run directory.
        events: their ids.
        by: who takes them back.

    Raises:
        DLCError: if the log cannot be written; it then is as before.
    """
    with _writing(run_path):
        log = read_log(run_path)
        found = [log.find(event) for event in reversed(events)]
        lines = [
            encoded(Event(uuid.uuid4().hex, _now(), by, _NO_IDS, undo=event.event))
            for event in found
            if event is not None and event.active and event.fields
        ]
        if lines:
            _append(run_path / FILE, b"".join(lines))
    return len(lines)


def repair(run_path: Path) -> int:
    """Take the damaged lines out of a run's log, into decisions.damaged.jsonl; return how many.

    What was decided in them is not known any more; everything else stands as it would without them.

    Raises:
        DLCError: if the log cannot be written; it then is as before.
    """
    with _writing(run_path):
        gone = set(damaged_lines(run_path))
        if not gone:
            return 0
        try:
            lines = (run_path / FILE).read_bytes().split(b"\n")
            taken = b"".join(lines[number - 1] + b"\n" for number in sorted(gone))
            kept = b"\n".join(x for number, x in enumerate(lines, 1) if number not in gone)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _PLAIN
            with os.fdopen(os.open(run_path / DAMAGED_FILE, flags, 0o600), "ab") as file:
                file.write(taken)
                file.flush()
                os.fsync(file.fileno())
            write_atomically(run_path / FILE, lambda target: target.write(kept))
        except OSError as error:
            raise DLCError(refused(run_path / FILE, error)) from error
        (run_path / FILE).chmod(0o600)
    return len(gone)


def _event(
    ids: Sequence[int], by: str, verdict: Value, relabel: Value, note: Value
) -> Event:  # fmt: skip
    fault = fault_of(verdict, relabel, note)
    if fault:
        raise DLCError(fault)
    if not is_name(by):
        raise DLCError(f"by must be text of 1 to {LONGEST_NAME} characters, got {by!r:.80}.")
    samples = id_array(ids)
    if samples is None:
        raise DLCError("expected one or more sample ids, whole numbers from 0; select samples.")
    return Event(uuid.uuid4().hex, _now(), by, samples, verdict=verdict, relabel=relabel, note=note)


def undo(run_path: Path, *, by: str, since: int) -> Event | None:
    """Take back a tab's newest act that still counts; see `can_undo`.

    Args:
        run_path: the run directory.
        by: the tab.
        since: how many events the log had when the tab opened.

    Returns:
        The act that no longer counts, or None if there was nothing to take back.

    Raises:
        DLCError: if the log cannot be written.
    """
    return _turn(run_path, by, lambda log: can_undo(log, by=by, since=since), back=True)


def redo(run_path: Path, *, by: str, since: int) -> Event | None:
    """Bring back what a tab took back last, at its original place; see `can_redo`.

    Args:
        run_path: the run directory.
        by: the tab.
        since: how many events the log had when the tab opened.

    Returns:
        The act that counts again, or None if there was nothing to bring back.

    Raises:
        DLCError: if the log cannot be written.
    """
    return _turn(run_path, by, lambda log: can_redo(log, by=by, since=since), back=False)


def _turn(
    run_path: Path, by: str, choose: Callable[[Log], Event | None], *, back: bool
) -> Event | None:
    with _writing(run_path):  # nobody appends between the look and the line
        target = choose(read_log(run_path))
        if target is None:
            return None
        undone, redone = (target.event, None) if back else (None, target.event)
        event = Event(uuid.uuid4().hex, _now(), by, _NO_IDS, undo=undone, redo=redone)
        _append(run_path / FILE, encoded(event))
    return replace(target, active=not back)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@contextmanager
def _writing(run_path: Path) -> Iterator[None]:
    try:
        descriptor = os.open(run_path / _LOCK, os.O_RDWR | os.O_CREAT | _PLAIN, 0o600)
    except OSError as error:
        raise _unwritten(run_path, error) from error
    try:
        until = time.monotonic() + _PATIENCE
        while not _locked(descriptor, run_path):
            if time.monotonic() >= until:
                raise DLCError(
                    f"another process keeps the decisions of {run_path} locked; end it, try again."
                )
            time.sleep(0.005)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, run_path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system without locks
        raise _unwritten(run_path, error) from error
    return True


def _append(file: Path, line: bytes) -> None:
    created = not file.exists()
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | _PLAIN, 0o600)
    except OSError as error:
        raise _unwritten(file.parent, error) from error
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line  # a writer was killed within its line
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise _unwritten(file.parent, error) from error
    finally:
        os.close(descriptor)
    if created:
        _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems cannot
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unwritten(run_path: Path, error: OSError) -> DLCError:
    return DLCError(f"the decision was not saved: {refused(run_path / FILE, error)}")
