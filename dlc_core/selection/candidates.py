"""What every strategy works on: samples ordered by hardness inside their class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.apportion import budget, class_totals
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.ranking import key_places
from dlc_core.selection.class_shares import Shares
from dlc_core.selection.draw import Keys


@dataclass(frozen=True, eq=False)
class Candidates:
    """N samples, ordered once so that every later selection is quick.

    Excluded samples have their rows in every array, but no strategy takes them.

    Attributes:
        scores: (N,) DLC scores.
        named: the samples' keys.
        classes: (C,) the class ids present, ascending.
        rows: (N,) each sample's position in `classes`.
        counts: (C,) eligible samples of each class: those that are not excluded.
        place: (N,) each sample's place in its class, 0 = easiest; equal scores by key; excluded
            samples come behind the eligible ones.
        pinned: (N,) samples that are always kept.
        excluded: (N,) samples that are never kept.
        load_features: returns the samples' features, (N, D); None = there are none.
        shares: how a budget is divided among the classes.
    """

    scores: NDArray[np.float64]
    named: Keys
    classes: NDArray[np.int64]
    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    place: NDArray[np.int64]
    pinned: NDArray[np.bool_]
    excluded: NDArray[np.bool_]
    load_features: Callable[[], NDArray[Any]] | None = None
    shares: Shares = field(default_factory=Shares)

    def __len__(self) -> int:
        """Return N, excluded samples included."""
        return len(self.scores)

    @property
    def keys(self) -> tuple[str, ...]:
        """N distinct strings that name the samples whatever the order of the rows."""
        return self.named.names

    @property
    def key_place(self) -> NDArray[np.int64]:
        """(N,) each key's place in the sorted keys."""
        return self.named.places

    @property
    def features(self) -> NDArray[Any]:
        """(N, D) pooled features of the unmasked encoder, float16 or float32, maybe mapped.

        Raises:
            DLCError: if there are none.
        """
        if self.load_features is None:
            raise DLCError("this strategy needs features, got scores alone; choose another one.")
        return self.load_features()

    @property
    def eligible(self) -> int:
        """How many samples are not excluded: the N that keep_ratio is a share of."""
        return int(self.counts.sum())

    @cached_property
    def pins(self) -> NDArray[np.int64]:
        """(C,) pinned samples of each class."""
        return np.bincount(self.rows[self.pinned], minlength=len(self.classes)).astype(np.int64)

    def totals(self, keep_ratio: float) -> NDArray[np.int64]:
        """Return how many samples each class keeps, (C,).

        Their sum is H = floor(keep_ratio * eligible + 0.5), or the number of pins if that is more;
        with numbers of one's own for some classes it is what they make of it.

        Raises:
            DLCError: if keep_ratio is not in (0, 1].
        """
        check_keep_ratio(keep_ratio)
        total = budget(keep_ratio, self.eligible)
        shares = self.shares
        balance = "data" if shares.balance == "own" else shares.balance
        totals = class_totals(
            self.counts.tolist(),
            total,
            self.pins.tolist(),
            balance=balance,
            minimum=shares.minimum,
        )
        for class_id, wanted in shares.own:
            row = np.flatnonzero(self.classes == class_id)
            totals[row] = np.clip(wanted, self.pins[row], self.counts[row])
        return totals

    def turns(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return an order of the samples, (N,) values less than N apart, with the pins moved to
        its front and the excluded ones to its end.
        """
        if not (self.pinned.any() or self.excluded.any()):
            return order
        return order + len(self) * (self.excluded.astype(np.int64) - self.pinned)


def candidates(
    scores: ArrayLike,
    class_ids: ArrayLike,
    keys: Sequence[str] | None = None,
    *,
    pinned: ArrayLike | None = None,
    excluded: ArrayLike | None = None,
    load_features: Callable[[], NDArray[Any]] | None = None,
) -> Candidates:
    """Check and order the samples that a strategy may choose from.

    Args:
        scores: (N,) finite numbers; higher = harder.
        class_ids: (N,) any whole numbers.
        keys: N distinct strings; None takes the positions.
        pinned: (N,) whether each sample is always kept; None = none is.
        excluded: (N,) whether each sample is never kept; None = none is.
        load_features: returns features (N, D), for the strategies that look at them.

    Raises:
        DLCError: if shapes do not fit, a score is not finite, a key occurs twice, or a sample is
            both pinned and excluded.
    """
    values = np.asarray(scores, dtype=np.float64)
    ids = np.asarray(class_ids)
    if values.ndim != 1 or ids.shape != values.shape:
        raise DLCError(f"expected N scores and N class_ids, got {values.shape} and {ids.shape}.")
    if len(ids) and not np.issubdtype(ids.dtype, np.integer):
        raise DLCError(f"class_ids must be whole numbers, got {ids.dtype}.")
    _check_finite(values)
    names = tuple(map(str, range(len(values)))) if keys is None else tuple(keys)
    if len(names) != len(values):
        raise DLCError(f"expected {counted(len(values), 'key')}, got {len(names)}.")
    if len(set(names)) != len(names):
        raise DLCError("keys must be distinct, got a key twice.")
    classes, rows = np.unique(ids.astype(np.int64), return_inverse=True)
    named = Keys(names, key_places(names))
    found = _ordered(values, named, classes, rows, pinned, excluded)
    return replace(found, load_features=load_features)


def with_decisions(
    samples: Candidates, *, pinned: ArrayLike | None = None, excluded: ArrayLike | None = None
) -> Candidates:
    """Return the same samples with other pins and exclusions; much quicker than `candidates`.

    Args:
        samples: ordered samples; pins and exclusions that they have are forgotten.
        pinned: (N,) whether each sample is always kept; None = none is.
        excluded: (N,) whether each sample is never kept; None = none is.

    Raises:
        DLCError: if shapes do not fit, or a sample is both pinned and excluded.
    """
    found = _ordered(samples.scores, samples.named, samples.classes, samples.rows, pinned, excluded)
    return replace(found, load_features=samples.load_features)


def with_scores(samples: Candidates, scores: NDArray[np.float64]) -> Candidates:
    """Return the same samples ordered by other scores; the draw of a seed stays what it is.

    Args:
        samples: ordered samples.
        scores: (N,) finite numbers; higher = harder.

    Raises:
        DLCError: if shapes do not fit or a score is not finite.
    """
    if scores.shape != samples.scores.shape:
        raise DLCError(f"expected {counted(len(samples), 'score')}, got {scores.shape}.")
    _check_finite(scores)
    found = _ordered(
        scores, samples.named, samples.classes, samples.rows, samples.pinned, samples.excluded
    )
    return replace(found, load_features=samples.load_features, shares=samples.shares)


def _check_finite(scores: NDArray[np.float64]) -> None:
    bad = int(np.count_nonzero(~np.isfinite(scores)))
    if bad:
        raise DLCError(f"scores must be finite, got {bad} that are not; score the run to its end.")


def _ordered(
    scores: NDArray[np.float64],
    named: Keys,
    classes: NDArray[np.int64],
    rows: NDArray[np.int64],
    pinned: ArrayLike | None,
    excluded: ArrayLike | None,
) -> Candidates:
    kept = _mask(pinned, len(scores), "pinned")
    gone = _mask(excluded, len(scores), "excluded")
    both = int(np.count_nonzero(kept & gone))
    if both:
        raise DLCError(f"a sample is either pinned or excluded, got {both} that are both.")
    sizes = np.bincount(rows, minlength=len(classes))
    order = np.lexsort((named.places, scores, gone, rows))
    place = np.empty(len(scores), dtype=np.int64)
    place[order] = np.arange(len(scores)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    counts = np.bincount(rows[~gone], minlength=len(classes)).astype(np.int64)
    return Candidates(scores, named, classes, rows, counts, place, kept, gone)


def _mask(mask: ArrayLike | None, size: int, name: str) -> NDArray[np.bool_]:
    if mask is None:
        return np.zeros(size, dtype=np.bool_)
    array = np.asarray(mask)
    if array.shape != (size,) or (size and array.dtype != np.bool_):
        raise DLCError(
            f"{name} must be {counted(size, 'boolean')}, got {array.dtype} of shape {array.shape}."
        )
    return array.astype(np.bool_)


def check_keep_ratio(keep_ratio: float) -> None:
    """Refuse a keep_ratio outside (0, 1].

    Raises:
        DLCError: with what came and what was expected.
    """
    if not 0 < keep_ratio <= 1:
        raise DLCError(f"keep_ratio must be in (0, 1], got {keep_ratio:g}.")
