"""A run's decisions: the events in order, and what stands after all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dlc_core.decisions.current import standing
from dlc_core.decisions.event import EXCLUDE, FIELDS, PIN, VERDICTS, Event

FILE = "decisions.jsonl"
DAMAGED_FILE = "decisions.damaged.jsonl"  # what repair took out of it


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
