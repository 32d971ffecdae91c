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
    prefix = f"{seed}\0".encode()
    digests = [
        hashlib.blake2b(prefix + key.encode("utf-8", "surrogateescape"), digest_size=8).digest()
        for key in keys.names
    ]
    numbers = np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)
    order = np.lexsort((keys.places, numbers))
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
