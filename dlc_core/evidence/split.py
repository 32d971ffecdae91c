"""A seeded part of the samples that is held out: stratified by class, groups whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlc_core.ranking import key_places
from dlc_core.selection.draw import Keys, draw_order


def held_out_part(
    rows: NDArray[np.int64],
    named: Keys,
    *,
    share: float,
    seed: int,
    groups: Sequence[str] | None = None,
) -> NDArray[np.bool_]:
    """Return which samples are held out, (N,).

    Whole groups are drawn, by the hash of (seed, group), class by class of what most of a group's
    samples are, until floor(share n_c + 0.5) samples of the class are held out. A class keeps at
    least one group for training, so a class of one group is never held out. Without groups each
    sample is a group of its own, and the part is exact. It depends on names and classes alone, not
    on the order of the rows.

    Args:
        rows: (N,) class of each sample, from 0.
        named: the samples' names.
        share: of each class that is held out, in (0, 1).
        seed: of the draw.
        groups: N names of what must not be on both sides (a patient, a product).
    """
    if groups is None:
        turns, of, sizes, main = draw_order(named, seed=seed), np.arange(len(rows)), None, rows
    else:
        names, of = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
        keys = Keys(tuple(names.tolist()), key_places(tuple(names.tolist())))
        turns, sizes = draw_order(keys, seed=seed), np.bincount(of)
        main = _most_common(of, rows, len(names))
    order = np.lexsort((turns, main))
    weights = np.ones(len(order), dtype=np.int64) if sizes is None else sizes[order]
    begins = np.flatnonzero(np.r_[True, np.diff(main[order]) > 0])
    taken = np.zeros(len(order), dtype=np.bool_)
    for first, last in zip(begins, np.r_[begins[1:], len(order)], strict=True):
        before = np.cumsum(weights[first:last]) - weights[first:last]
        wanted = np.floor(share * weights[first:last].sum() + 0.5)
        taken[order[first:last]] = before < wanted
        taken[order[last - 1]] = False
    return np.asarray(taken[of])


def _most_common(of: NDArray[np.int64], rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the class that most samples of each group have, the first of equals, (G,)."""
    pairs, sizes = np.unique(np.stack([of, rows]), axis=1, return_counts=True)
    best = np.lexsort((pairs[1], -sizes, pairs[0]))
    group, first = np.unique(pairs[0][best], return_index=True)
    found = np.zeros(count, dtype=np.int64)
    found[group] = pairs[1][best][first]
    return found
