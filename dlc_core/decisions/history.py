"""The acts of a log with what became of each: it stands, is undone, or a later one overrides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dlc_core.decisions.current import ROOM, standing
from dlc_core.decisions.event import FIELDS, Event, describe
from dlc_core.decisions.log import Log

STANDS, UNDONE = "stands", "undone"
OVERRIDDEN, PARTLY = "overridden by a later decision", "partly overridden"


@dataclass(frozen=True)
class HistoryRow:
    """One act.

    Attributes:
        event: its id.
        time: when, ISO 8601 in UTC.
        by: who.
        what: in words.
        n: samples it was made on.
        status: STANDS, UNDONE, OVERRIDDEN (nothing of it is left) or PARTLY.
        standing: samples on which something of it still counts.
    """

    event: str
    time: str
    by: str
    what: str
    n: int
    status: str
    standing: int


@lru_cache(maxsize=4)
def history(log: Log, *, newest: int | None = None) -> tuple[HistoryRow, ...]:
    """Return a row for each act, newest first; undos and redos show in the status of theirs.

    An act that sets several fields stands if all of them do on all its samples, and is overridden
    if none does on any.

    Args:
        log: of the run.
        newest: how many rows are wanted at most; None = all.
    """
    ids = touched(log.events)
    last = {field: standing(log.events, field, ids) for field in FIELDS}
    counts = {
        field: np.bincount(places[places >= 0], minlength=len(log))
        for field, places in last.items()
    }
    rows: list[HistoryRow] = []
    for place in range(len(log) - 1, -1, -1):
        if newest is not None and len(rows) >= newest:
            break
        event = log.events[place]
        if not event.fields:
            continue
        left = [int(counts[field][place]) for field in event.fields]
        if len(left) == 1 or not any(left):
            samples = left[0]
        else:
            among = np.searchsorted(ids, event.ids)
            stands = [last[field][among] == place for field in event.fields]
            samples = int(np.count_nonzero(np.any(stands, axis=0)))
        rows.append(_row(event, left, samples))
    return tuple(rows)


def _row(event: Event, left: list[int], standing_on: int) -> HistoryRow:
    n = len(event.ids)
    if not event.active:
        status = UNDONE
    elif all(count == n for count in left):
        status = STANDS
    else:
        status = PARTLY if standing_on else OVERRIDDEN
    return HistoryRow(event.event, event.time, event.by, describe(event), n, status, standing_on)


def touched(events: Sequence[Event]) -> NDArray[np.int64]:
    """Return the ids of all samples that an active act is about, ascending."""
    parts = [event.ids for event in events if event.active and event.fields]
    if not parts:
        return np.empty(0, dtype=np.int64)
    ids = np.concatenate(parts)
    last = int(ids.max())
    if last >= 4 * len(ids) + ROOM:
        return np.unique(ids)
    met = np.zeros(last + 1, dtype=np.bool_)
    met[ids] = True
    return np.flatnonzero(met)
