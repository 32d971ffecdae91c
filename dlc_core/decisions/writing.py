"""The acts of people, written to a run's decisions: decide, undo, redo."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from dlc_core.decisions.appending import append, writing
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
from dlc_core.decisions.log import FILE, Log
from dlc_core.decisions.log_reader import read_log
from dlc_core.decisions.undoing import can_redo, can_undo
from dlc_core.errors import DLCError

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
    with writing(run_path):
        append(run_path / FILE, encoded(event))
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
        with writing(run_path):
            append(run_path / FILE, b"".join(map(encoded, events)))
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
    with writing(run_path):
        log = read_log(run_path)
        found = [log.find(event) for event in reversed(events)]
        lines = [
            encoded(Event(uuid.uuid4().hex, _now(), by, _NO_IDS, undo=event.event))
            for event in found
            if event is not None and event.active and event.fields
        ]
        if lines:
            append(run_path / FILE, b"".join(lines))
    return len(lines)


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
    with writing(run_path):  # nobody appends between the look and the line
        target = choose(read_log(run_path))
        if target is None:
            return None
        undone, redone = (target.event, None) if back else (None, target.event)
        event = Event(uuid.uuid4().hex, _now(), by, _NO_IDS, undo=undone, redo=redone)
        append(run_path / FILE, encoded(event))
    return replace(target, active=not back)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
