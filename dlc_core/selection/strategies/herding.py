"""Herding: the mean of the kept samples follows the mean of the class."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.strategies.within_class import Members, centred, picked, taken, vectors


def mean_matching(
    values: NDArray[np.float32], pinned: NDArray[np.bool_], count: int
) -> NDArray[np.int64]:
    """Return `count` rows: the pins, then each time the row that brings the mean nearest to zero.

        x_next = argmin_i ||mean(taken and z_i) - mean(z)||_2 = argmin_i ||S + z_i||_2
               = argmin_i ||z_i||^2 + 2 <S, z_i>,   S = sum of those taken, mean(z) = 0

    Ties: the first row.

    Args:
        values: (n, D) features less their mean.
        pinned: (n,) rows that are taken from the start, fewer than `count`.
        count: how many rows, at most n.

    Returns:
        (count,) rows in the order taken.
    """
    costs = np.einsum("ij,ij->i", values, values)  # (n,), infinite once taken
    taken = np.flatnonzero(pinned).tolist()
    total = values[taken].sum(axis=0, dtype=np.float64)  # (D,)
    costs[taken] = np.inf
    while len(taken) < count:
        row = int(np.argmin(costs + values @ (2 * total).astype(np.float32)))
        taken.append(row)
        costs[row] = np.inf
        total += values[row]
    return np.array(taken, dtype=np.int64)


def herding_positions(
    samples: Candidates,
    *,
    keep_ratio: float,
    gamma: float,  # noqa: ARG001 - every strategy has the same signature
    seed: int,  # noqa: ARG001
) -> NDArray[np.int64]:
    """Return the first of each class in the order of greedy mean matching, sorted positions.

    Raises:
        DLCError: if there are no features.

    Reference: Welling 2009, Herding dynamical weights to learn (ICML). Its rule argmax <w_t, z>,
    w_(t+1) = w_t + mean - z, matches the mean greedily if all features have one norm; here the
    term ||z||^2 makes it do so for any features, and no sample is taken twice.
    """
    return picked(samples, keep_ratio=keep_ratio, pick=partial(_pick, samples))


def herding_turns(samples: Candidates, *, keep_ratio: float, seed: int) -> NDArray[np.int64]:  # noqa: ARG001
    """Return each kept sample's turn in its class, (N,); see `taken`."""
    return taken(samples, keep_ratio=keep_ratio, pick=partial(_pick, samples))


def _pick(samples: Candidates, members: Members, count: int) -> NDArray[np.int64]:
    return mean_matching(centred(vectors(samples, members)), members.pinned, count)
