"""Which act a browser tab's undo takes back, and which its redo brings back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dlc_core.decisions.event import Event
from dlc_core.decisions.log import Log


def can_undo(log: Log, *, by: str, since: int) -> Event | None:
    """Return the act that this tab's undo would take back, or None.

    It is the newest act that counts of those that the tab made itself and those that were there
    when it opened: after a reload everything older can be undone, but what another tab does
    meanwhile is never touched.

    Args:
        log: of the run.
        by: the tab.
        since: how many events the log had when the tab opened.
    """
    return next((event for event in _own(log, by, since) if event.active and event.fields), None)


def can_redo(log: Log, *, by: str, since: int) -> Event | None:
    """Return the act that this tab's redo would bring back, or None.

    It is the last one taken back, not brought back yet; a new act ends what can be brought back.
    The tab's own events and those that were there when it opened count as one person's.

    Args:
        log: of the run.
        by: the tab.
        since: how many events the log had when the tab opened.
    """
    redone: Counter[str] = Counter()
    for event in _own(log, by, since):
        if event.redo is not None:
            redone[event.redo] += 1
        elif event.undo is None:
            return None
        elif redone[event.undo]:
            redone[event.undo] -= 1
        else:
            target = log.find(event.undo)
            if target is not None and not target.active:
                return target
    return None


def _own(log: Log, by: str, since: int) -> Iterator[Event]:
    """Yield a tab's events and those before it, newest first."""
    for place in range(len(log) - 1, -1, -1):
        if place < since or log.events[place].by == by:
            yield log.events[place]
