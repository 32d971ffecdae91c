"""Which act has the last word on each sample: the fold over the events, in arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlc_core.decisions.event import UNSET, Event

ROOM = 2**20  # a table of all ids in between costs nothing worth a second way below this size


def standing(events: Sequence[Event], field: str, ids: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the place of the last active event that sets a field of each sample, -1 = none.

    Args:
        events: in the order of the log.
        field: "verdict", "relabel" or "note".
        ids: (N,) sample ids, ascending, distinct.

    Returns:
        (N,) places in `events`.
    """
    acts = [
        (place, event)
        for place, event in enumerate(events)
        if event.active and getattr(event, field) is not UNSET
    ]
    if not acts or not len(ids):
        return np.full(len(ids), -1, dtype=np.int32)
    low, high = int(ids[0]), int(ids[-1])
    parts = [_between(event.ids, low, high) for _, event in acts]
    samples = np.concatenate(parts)  # (M,)
    places = np.array([place for place, _ in acts], dtype=np.int32)
    words = np.repeat(places, [len(part) for part in parts])  # (M,)
    if high - low >= 4 * len(ids) + ROOM:
        rows = np.searchsorted(ids, samples)
        known = ids[rows] == samples
        last = np.full(len(ids), -1, dtype=np.int32)
        last[rows[known]] = words[known]
        return last
    last = np.full(high - low + 1, -1, dtype=np.int32)
    last[samples - low] = words  # of an index that occurs twice the last value stays
    return last if len(last) == len(ids) else last[ids - low]


def _between(ids: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
    if len(ids) and low <= ids[0] and ids[-1] <= high:
        return ids
    start, stop = np.searchsorted(ids, [low, high + 1])
    return ids[start:stop]
