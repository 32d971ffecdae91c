"""Groups kept whole: all samples of a patient or a product, or none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.ranking import key_places
from dlc_core.selection.candidates import Candidates
from dlc_core.selection.draw import Keys, draw_numbers


@dataclass(frozen=True, eq=False)
class Groups:
    """What belongs together.

    Attributes:
        rows: (N,) the group of each sample, in [0, G).
        named: the G groups' names.
    """

    rows: NDArray[np.int64]
    named: Keys


def groups_of(names: Sequence[str]) -> Groups:
    """Return the groups of N samples by the name of each one's group."""
    found, rows = np.unique(np.asarray(names, dtype=object), return_inverse=True)
    keys = tuple(map(str, found))
    return Groups(rows.astype(np.int64), Keys(keys, key_places(keys)))


def whole(
    samples: Candidates, chosen: NDArray[np.int64], groups: Groups, *, seed: int
) -> NDArray[np.int64]:
    """Return the samples of whole groups that stand for what a strategy chose.

    Sequential Poisson sampling (Ohlsson 1998): with p the share of a group's samples that were
    chosen and u in (0, 1) its luck, which depends on the seed and its name alone, groups come in
    the order of u / p, and each is taken that still fits into the number chosen. So a group is kept
    with about the probability that its samples were chosen with, whatever its size. Groups of which
    nothing was chosen come last, in the order of u. Groups with a pin come first, whether they fit
    or not. Excluded samples are in no group.

    Args:
        samples: the N candidates.
        chosen: (H,) positions that the strategy chose.
        groups: of all N samples.
        seed: of the luck.

    Returns:
        Sorted positions, at most H but for pinned groups.

    Raises:
        DLCError: if not even the smallest group fits.
    """
    count = len(groups.named.names)
    sizes = np.bincount(groups.rows[~samples.excluded], minlength=count)
    taken = np.bincount(groups.rows[chosen], minlength=count)
    pinned = np.bincount(groups.rows[samples.pinned], minlength=count) > 0
    luck = (draw_numbers(groups.named, seed=seed).astype(np.float64) + 0.5) / 2.0**64
    turn = np.where(taken > 0, luck * sizes / np.maximum(taken, 1), np.inf)
    order = np.lexsort((groups.named.places, luck, turn, ~pinned))
    kept = _fitting(order[sizes[order] > 0], sizes, pinned, len(chosen))
    if len(chosen) and not kept.any():
        raise DLCError(
            f"no whole group fits into {counted(len(chosen), 'sample')}: the smallest has "
            f"{int(sizes[sizes > 0].min()):,}. Keep more, or do not keep groups whole."
        )
    return np.flatnonzero(kept[groups.rows] & ~samples.excluded).astype(np.int64)


def _fitting(
    order: NDArray[np.int64], sizes: NDArray[np.int64], pinned: NDArray[np.bool_], room: int
) -> NDArray[np.bool_]:
    """Return which groups are taken, in their order, each that still fits; pinned ones anyway."""
    kept = pinned & (sizes > 0)
    room -= int(sizes[kept].sum())
    rest = order[~kept[order]]
    while len(rest) and room > 0:
        rest = rest[sizes[rest] <= room]
        fit = int(np.searchsorted(np.cumsum(sizes[rest]), room, side="right"))
        kept[rest[:fit]] = True
        room -= int(sizes[rest[:fit]].sum())
        rest = rest[fit:]
    return kept
