"""Whole-number class totals that meet a budget exactly and only grow with it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=16)
def _sequence(counts: tuple[int, ...]) -> NDArray[np.int32]:
    total = sum(counts)
    sequence = np.empty(total, dtype=np.int32)
    # A later sample of a class is never due before an earlier one, so each class waits with one.
    waiting = [(0, row, 1) for row, count in enumerate(counts) if count]  # (release, row, j)
    heapq.heapify(waiting)
    ready: list[tuple[int, int, int]] = []  # (deadline, row, j)
    for place in range(total):
        while waiting and waiting[0][0] <= place:
            _, row, j = heapq.heappop(waiting)
            heapq.heappush(ready, (-(-j * total // counts[row]), row, j))
        _, row, j = heapq.heappop(ready)
        sequence[place] = row
        if j < counts[row]:
            heapq.heappush(waiting, (j * total // counts[row], row, j + 1))
    sequence.flags.writeable = False
    return sequence


def class_sequence(counts: Sequence[int]) -> NDArray[np.int32]:
    """Return the one fixed order in which the classes receive places.

    Of class c with n_c samples out of N, the j-th has release floor((j - 1) N / n_c) and deadline
    ceil(j N / n_c); each of the N places goes to the released sample with the earliest deadline,
    ties by class. After any number H of places, class c holds floor or ceil of H n_c / N.

    Args:
        counts: samples of each class, in ascending order of class id, >= 0.

    Returns:
        (N,) the class (its position in `counts`) that receives each place.

    Reference: DESIGN section 2; the earliest-deadline apportionment of just-in-time sequencing
    (Steiner and Yeomans 1993). The paper's released code rounds each class on its own instead,
    which misses the budget.
    """
    return _sequence(tuple(int(count) for count in counts))


@lru_cache(maxsize=16)
def _places(counts: tuple[int, ...], balance: str, minimum: int) -> NDArray[np.int32]:
    sequence = _sequence(counts)
    if balance == "data" and not minimum:
        return sequence
    ordinal = _ordinals(sequence, counts)
    if balance == "uniform":
        order = np.lexsort((sequence, ordinal))
    else:
        order = np.argsort(ordinal >= minimum, kind="stable")
    places = sequence[order]
    places.flags.writeable = False
    return places


def _ordinals(sequence: NDArray[np.int32], counts: tuple[int, ...]) -> NDArray[np.int64]:
    """Return which of its class's places each place is, 0 = the first."""
    sizes = np.array(counts)
    order = np.argsort(sequence, kind="stable")
    ordinal = np.empty(len(sequence), dtype=np.int64)
    ordinal[order] = np.arange(len(sequence)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return ordinal


@lru_cache(maxsize=16)
def _unpinned(
    counts: tuple[int, ...], pins: tuple[int, ...], balance: str, minimum: int
) -> NDArray[np.int32]:
    sequence = _places(counts, balance, minimum)
    if not any(pins):
        return sequence
    free = sequence[_ordinals(sequence, counts) >= np.array(pins)[sequence]]
    free.flags.writeable = False
    return free


def class_totals(
    counts: Sequence[int],
    total: int,
    pins: Sequence[int] | None = None,
    *,
    balance: str = "data",
    minimum: int = 0,
) -> NDArray[np.int64]:
    """Return how many samples each class keeps when `total` are kept in all.

    Pins count towards their class. A class with more pins than places among the first H keeps its
    pins, and others give way from the end of the sequence: walking back from place H, each class
    that holds more than its pins gives a place up, until the sum is H again. That is the same as
    giving each class its pins, and then the places beyond them in the order of the sequence, the
    first H - P of them (P pins in all), which shows that every class only grows with H.

    Args:
        counts: samples of each class, in ascending order of class id.
        total: H, from 0 to sum(counts).
        pins: how many samples of each class are always kept, at most its count; None = none.
        balance: "data" takes the places in the order of `class_sequence`; "uniform" gives each
            class its first place, then each its second, and so on, until a class has no more.
        minimum: the first so many places of every class come before all others, in the order of
            the sequence. So do small classes: those that have no more samples are kept whole.

    Returns:
        (C,) whole numbers that sum to max(H, P).
    """
    sizes = tuple(int(count) for count in counts)
    always = (0,) * len(sizes) if pins is None else tuple(int(pin) for pin in pins)
    free = _unpinned(sizes, always, balance, int(minimum))[: max(0, total - sum(always))]
    return np.bincount(free, minlength=len(sizes)).astype(np.int64) + np.array(always, np.int64)


def budget(keep_ratio: float, eligible: int) -> int:
    """Return H = floor(keep_ratio * N + 0.5), the number of samples kept of N eligible ones."""
    return math.floor(keep_ratio * eligible + 0.5)
