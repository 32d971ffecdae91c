"""The draw: a fixed order of the samples for each seed, and taking the first of each group."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)  # compared by identity, so that a draw can be remembered
class Keys:
    """N distinct strings that name the samples whatever the order of the rows.

    Attributes:
        names: the strings.
        places: (N,) each one's place when they are sorted.
    """

    names: tuple[str, ...]
    places: NDArray[np.int64]


@lru_cache(maxsize=24)  # a page holds a subset against five random ones
def draw_order(keys: Keys, *, seed: int) -> NDArray[np.int64]:
    """Return each sample's place in the seed's fixed draw, (N,), 0 = drawn first.

    The draw takes the smallest blake2b(f"{seed}\\0{key}", digest_size=8); it depends on the seed
    and the key alone, so a sample's luck is the same in any subset, on any machine.
    """
    numbers = draw_numbers(keys, seed=seed)
    order = np.lexsort((keys.places, numbers))
    places = np.empty(len(numbers), dtype=np.int64)
    places[order] = np.arange(len(numbers))
    places.flags.writeable = False
    return places


@lru_cache(maxsize=4)
def draw_numbers(keys: Keys, *, seed: int) -> NDArray[np.uint64]:
    """Return what the draw goes by, (N,): blake2b(f"{seed}\\0{key}") as a number below 2**64."""
    prefix = f"{seed}\0".encode()
    digests = [
        hashlib.blake2b(prefix + key.encode("utf-8", "surrogateescape"), digest_size=8).digest()
        for key in keys.names
    ]
    numbers = np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)
    numbers.flags.writeable = False
    return numbers


@dataclass(frozen=True, eq=False)
class Turns:
    """Samples sorted by group and, inside each, by the draw: made once for all quotas.

    Attributes:
        order: (N,) positions.
        starts: (G,) where each group begins in it.
    """

    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    def first(self, quotas: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sorted positions of the first `quotas[g]` samples of each group g, (G,)."""
        ends = np.cumsum(quotas)
        within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - quotas, quotas)
        taken = np.zeros(len(self.order), dtype=np.bool_)
        taken[self.order[np.repeat(self.starts, quotas) + within]] = True
        return np.flatnonzero(taken).astype(np.int64)


def turns_in_groups(draw: NDArray[np.int64], groups: NDArray[np.int64], count: int) -> Turns:
    """Sort samples by group and draw.

    Args:
        draw: (N,) each sample's place in the draw.
        groups: (N,) the group of each sample, in [0, count).
        count: how many groups, G.
    """
    sizes = np.bincount(groups, minlength=count)
    return Turns(np.lexsort((draw, groups)).astype(np.int64), np.cumsum(sizes) - sizes)


def smallest_in_groups(
    draw: NDArray[np.int64], groups: NDArray[np.int64], quotas: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the sorted positions of the `quotas[g]` samples of each group g drawn first.

    Args:
        draw: (N,) each sample's place in the draw.
        groups: (N,) the group of each sample, in [0, G).
        quotas: (G,) how many to take of each group, at most its size.
    """
    return turns_in_groups(draw, groups, len(quotas)).first(quotas)
