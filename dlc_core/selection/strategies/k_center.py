"""k-center greedy (farthest first): no sample is far from a kept one."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.strategies.strategy import OUTLIERS, Strategy
from dlc_core.selection.strategies.within_class import Members, centred, taken, vectors


def farthest_first(
    values: NDArray[np.float32], pinned: NDArray[np.bool_], count: int
) -> NDArray[np.int64]:
    """Return `count` rows: the pins, then each time the row farthest from those taken.

        x_next = argmax_i min_{j taken} ||z_i - z_j||_2

    Without pins the first is the row nearest to the mean. Ties: the first row.

    Args:
        values: (n, D) features less their mean.
        pinned: (n,) rows that are taken from the start, fewer than `count`.
        count: how many rows, at most n.

    Returns:
        (count,) rows in the order taken.
    """
    norms = np.einsum("ij,ij->i", values, values)  # (n,)
    taken = np.flatnonzero(pinned).tolist() or [int(np.argmin(norms))]
    nearest = np.full(len(values), np.inf, dtype=np.float32)  # squared distance to those taken
    for row in taken:
        _approach(nearest, values, norms, row)
    nearest[taken] = -np.inf
    while len(taken) < count:
        row = int(np.argmax(nearest))
        taken.append(row)
        _approach(nearest, values, norms, row)
        nearest[row] = -np.inf
    return np.array(taken, dtype=np.int64)


def _approach(
    nearest: NDArray[np.float32],
    values: NDArray[np.float32],
    norms: NDArray[np.float32],
    row: int,
) -> None:
    squares = values @ values[row]  # one matrix-vector product per pick
    squares *= -2
    squares += norms
    squares += norms[row]
    np.maximum(squares, 0, out=squares)  # rounding
    np.minimum(nearest, squares, out=nearest)


def k_center_order(samples: Candidates, *, totals: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each sample's turn in its class by farthest first, (N,); see `taken`.

    Args:
        samples: what to choose from.
        totals: (C,) how many of each class are taken.

    Raises:
        DLCError: if there are no features.

    Reference: Sener and Savarese 2018 (ICLR, arXiv 1708.00489), algorithm 1; the pins take the
    place of its initial pool.
    """
    return taken(samples, totals, partial(_pick, samples))


def _pick(samples: Candidates, members: Members, count: int) -> NDArray[np.int64]:
    return farthest_first(centred(vectors(samples, members)), members.pinned, count)


STRATEGY = Strategy(
    "k-center",
    "Each time the sample farthest from those kept, so that none is far from a kept one: meant "
    "for clean data with many near copies",
    k_center_order,
    explanation="Every region of the features gets a representative. What lies alone is taken "
    "first.",
    needs=("features",),
    greedy=True,
    warning=OUTLIERS,
)
