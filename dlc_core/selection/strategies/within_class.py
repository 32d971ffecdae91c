"""What strategies that look at one class at a time share: its members, and exact totals of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.selection.candidates import Candidates


@dataclass(frozen=True, eq=False)
class Members:
    """The n eligible samples of one class, in the order of their keys.

    That order is all that a strategy sees of the rows' order, and it breaks ties.

    Attributes:
        class_id: the class.
        positions: (n,) their rows in the candidates.
        pinned: (n,) whether each is always kept.
    """

    class_id: int
    positions: NDArray[np.int64]
    pinned: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return n."""
        return len(self.positions)


Pick = Callable[[Members, int], NDArray[np.int64]]  # (count,) of the n members, pins among them
Ordered = Callable[[Members], NDArray[np.int64]]  # (n,) the n members, first one first


def members_of(samples: Candidates) -> Iterator[Members]:
    """Yield the members of each class, in the order of `samples.classes`; some may have none."""
    order = np.lexsort((samples.key_place, samples.rows))
    order = order[~samples.excluded[order]].astype(np.int64)
    ends = np.cumsum(samples.counts)
    for class_id, start, end in zip(samples.classes, ends - samples.counts, ends, strict=True):
        positions = order[start:end]
        yield Members(int(class_id), positions, samples.pinned[positions])


def taken(samples: Candidates, totals: NDArray[np.int64], pick: Pick) -> NDArray[np.int64]:
    """Return each sample's turn in its class, (N,), for those that `pick` chooses.

    Turns count from 0. They are -1 for what is not chosen, and for a class where there is no choice
    but the pins or all, which `pick` is not asked for: its pins come first, the others have none.

    Args:
        samples: the candidates.
        totals: (C,) how many samples each class keeps.
        pick: members and their total -> that many of them, in the order taken.
    """
    found = np.full(len(samples), -1, dtype=np.int64)
    with one_thread():
        for members, pins, total in zip(
            members_of(samples), samples.pins, totals.tolist(), strict=True
        ):
            if total in (len(members), pins):
                rows = members.positions[members.pinned]
            else:
                rows = members.positions[pick(members, total)]
            found[rows] = np.arange(len(rows))
    return found


def places(samples: Candidates, ordered: Ordered) -> NDArray[np.int64]:
    """Return each sample's place in the order of its class, (N,); 0 where it is excluded."""
    found = np.zeros(len(samples), dtype=np.int64)
    with one_thread():
        for members in members_of(samples):
            if len(members) > 1:
                found[members.positions[ordered(members)]] = np.arange(len(members))
    return found


def turns_of(samples: Candidates, order: NDArray[Any]) -> NDArray[np.int64]:
    """Return each sample's turn in its class, (N,), from 0: pins first, then the smallest.

    Args:
        samples: the candidates.
        order: (N,) numbers; ties go by key. Excluded samples' are not looked at: they have -1.
    """
    count = len(samples)
    near = order.dtype.kind in "iu" and count and int(order.max()) - int(order.min()) < count
    places = order - order.min() if near else _ranks(samples, order)
    keys = samples.rows * (3 * count) + samples.turns(places)
    by_turn = np.argsort(keys)  # one key is quicker to sort by than two
    ordered = keys[by_turn]
    if (ordered[1:] == ordered[:-1]).any():
        return turns_of(samples, _ranks(samples, order))
    sizes = np.bincount(samples.rows, minlength=len(samples.classes))
    turns = np.empty(count, dtype=np.int64)
    turns[by_turn] = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    turns[samples.excluded] = -1
    return turns


def _ranks(samples: Candidates, order: NDArray[Any]) -> NDArray[np.int64]:
    ranks = np.empty(len(samples), dtype=np.int64)
    ranks[np.lexsort((samples.key_place, order))] = np.arange(len(samples))
    return ranks


def first_turns(
    samples: Candidates, turns: NDArray[Any], *, keep_ratio: float
) -> NDArray[np.int64] | None:
    """Return the sorted positions of the first of each class, exactly its total.

    Args:
        samples: the candidates that the turns are of.
        turns: (N,) from `turns_of` or `taken`, from 0.
        keep_ratio: share kept, in (0, 1].

    Returns:
        The positions; None where the turns do not reach as far in some class.
    """
    totals = samples.totals(keep_ratio)
    known = np.bincount(samples.rows[turns >= 0], minlength=len(totals))
    whole = totals == samples.counts
    if np.any(~whole & (totals > known)):
        return None
    kept = whole[samples.rows] & ~samples.excluded
    kept |= (turns >= 0) & (turns < totals[samples.rows])
    return np.flatnonzero(kept).astype(np.int64)


def vectors(samples: Candidates, members: Members) -> NDArray[np.float32]:
    """Return the members' features as an array of one's own, (n, D) float32.

    Raises:
        DLCError: if there are none, not one row per sample, or some are not finite.
    """
    features: NDArray[Any] = samples.features
    if features.ndim != 2 or len(features) != len(samples) or not features.shape[1]:
        raise DLCError(
            f"features must be ({len(samples)}, D), got {features.shape}; score the run again."
        )
    values = np.asarray(features[members.positions], dtype=np.float32)
    bad = int(np.count_nonzero(~np.isfinite(values).all(axis=1)))
    if bad:
        raise DLCError(
            f"features must be finite, got {counted(bad, 'sample')} of class {members.class_id} "
            "whose are not; choose a strategy without features or score with --precision float32."
        )
    return values


def centred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take the mean off, in place; squares of what is left lose few digits."""
    values -= values.mean(axis=0, dtype=np.float64).astype(np.float32)
    return values


def number_from(*parts: object) -> int:
    """Return a number below 2**32 that depends on the parts alone, to seed a generator."""
    text = "\0".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "big")


def one_thread() -> AbstractContextManager[Any]:
    """Limit matrix products to one thread, so that sums do not depend on how many there are."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return limits
