"""Herding: the mean of the kept samples follows the mean of the class."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from dlc_core.selection.candidates import Candidates
from dlc_core.selection.strategies.strategy import Strategy
from dlc_core.selection.strategies.within_class import Members, centred, taken, vectors


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


def herding_order(samples: Candidates, *, totals: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each sample's turn in its class by greedy mean matching, (N,); see `taken`.

    Args:
        samples: what to choose from.
        totals: (C,) how many of each class are taken.

    Raises:
        DLCError: if there are no features.

    Reference: Welling 2009, Herding dynamical weights to learn (ICML). Its rule argmax <w_t, z>,
    w_(t+1) = w_t + mean - z, matches the mean greedily if all features have one norm; here the
    term ||z||^2 makes it do so for any features, and no sample is taken twice.
    """
    return taken(samples, totals, partial(_pick, samples))


def _pick(samples: Candidates, members: Members, count: int) -> NDArray[np.int64]:
    return mean_matching(centred(vectors(samples, members)), members.pinned, count)


STRATEGY = Strategy(
    "Herding",
    "Each time the sample that brings the mean of those kept nearest to the class's mean: "
    "meant for classifiers that rest on class means, blind to all else",
    herding_order,
    explanation="Nothing but the mean of the features is matched. On the data that we measured it "
    "is the one that most often beats random at small budgets.",
    needs=("features",),
    greedy=True,
)
