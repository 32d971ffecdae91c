"""What every strategy works on: samples ordered by hardness inside their class, and the draw."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.apportion import budget, class_totals
from dlc_core.errors import DLCError
from dlc_core.scoring.ranking import key_places


@dataclass(frozen=True, eq=False)  # compared by identity, so that a draw can be remembered
class Candidates:
    """N eligible samples, ordered once so that every later selection is quick.

    Attributes:
        scores: (N,) DLC scores.
        keys: N distinct strings that name the samples whatever the order of the rows.
        classes: (C,) the class ids present, ascending.
        rows: (N,) each sample's position in `classes`.
        counts: (C,) samples of each class.
        place: (N,) each sample's place in its class, 0 = easiest; equal scores by key.
        key_place: (N,) each key's place in the sorted keys.
    """

    scores: NDArray[np.float64]
    keys: tuple[str, ...]
    classes: NDArray[np.int64]
    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    place: NDArray[np.int64]
    key_place: NDArray[np.int64]

    def __len__(self) -> int:
        """Return N."""
        return len(self.scores)

    def totals(self, keep_ratio: float) -> NDArray[np.int64]:
        """Return how many samples each class keeps, (C,); their sum is floor(b N + 0.5).

        Raises:
            DLCError: if keep_ratio is not in (0, 1].
        """
        check_keep_ratio(keep_ratio)
        return class_totals(self.counts.tolist(), budget(keep_ratio, len(self)))


def candidates(
    scores: ArrayLike, class_ids: ArrayLike, keys: Sequence[str] | None = None
) -> Candidates:
    """Check and order the samples that a strategy may choose from.

    Args:
        scores: (N,) finite numbers; higher = harder.
        class_ids: (N,) any whole numbers.
        keys: N distinct strings; None takes the positions.

    Raises:
        DLCError: if shapes do not fit, a score is not finite, or a key occurs twice.
    """
    values = np.asarray(scores, dtype=np.float64)
    ids = np.asarray(class_ids)
    if values.ndim != 1 or ids.shape != values.shape:
        raise DLCError(f"expected N scores and N class_ids, got {values.shape} and {ids.shape}.")
    if len(ids) and not np.issubdtype(ids.dtype, np.integer):
        raise DLCError(f"class_ids must be whole numbers, got {ids.dtype}.")
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise DLCError(f"scores must be finite, got {bad} that are not; score the run to its end.")
    names = tuple(map(str, range(len(values)))) if keys is None else tuple(keys)
    if len(names) != len(values):
        raise DLCError(f"expected {len(values)} keys, got {len(names)}.")
    if len(set(names)) != len(names):
        raise DLCError("keys must be distinct, got a key twice.")
    classes, rows, counts = np.unique(ids.astype(np.int64), return_inverse=True, return_counts=True)
    key_place = key_places(names)
    order = np.lexsort((key_place, values, rows))
    starts = np.cumsum(counts) - counts
    place = np.empty(len(values), dtype=np.int64)
    place[order] = np.arange(len(values)) - starts[rows[order]]
    return Candidates(values, names, classes, rows, counts.astype(np.int64), place, key_place)


@lru_cache(maxsize=8)
def draw_order(candidates: Candidates, *, seed: int) -> NDArray[np.int64]:
    """Return each sample's place in the seed's fixed draw, (N,), 0 = drawn first.

    The draw takes the smallest blake2b(f"{seed}\\0{key}", digest_size=8); it depends on the seed
    and the key alone, so a sample's luck is the same in any subset, on any machine.
    """
    prefix = f"{seed}\0".encode()
    digests = [
        hashlib.blake2b(prefix + key.encode("utf-8", "surrogateescape"), digest_size=8).digest()
        for key in candidates.keys
    ]
    numbers = np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)
    order = np.lexsort((candidates.key_place, numbers))
    places = np.empty(len(numbers), dtype=np.int64)
    places[order] = np.arange(len(numbers))
    places.flags.writeable = False
    return places


def smallest_in_groups(
    draw: NDArray[np.int64], groups: NDArray[np.int64], quotas: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the sorted positions of the `quotas[g]` samples of each group g drawn first.

    Args:
        draw: (N,) each sample's place in the draw.
        groups: (N,) the group of each sample, in [0, G).
        quotas: (G,) how many to take of each group.
    """
    order = np.lexsort((draw, groups))
    sizes = np.bincount(groups, minlength=len(quotas))
    starts = np.cumsum(sizes) - sizes
    within = np.arange(len(draw)) - starts[groups[order]]
    taken = order[within < quotas[groups[order]]]
    return np.sort(taken).astype(np.int64)


def check_keep_ratio(keep_ratio: float) -> None:
    """Refuse a keep_ratio outside (0, 1].

    Raises:
        DLCError: with what came and what was expected.
    """
    if not 0 < keep_ratio <= 1:
        raise DLCError(f"keep_ratio must be in (0, 1], got {keep_ratio:g}.")
