"""Which samples teach and which are judged: stratified folds and parts that hold every class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FOLDS = 5


def folds_of(
    labels: NDArray[np.int64],
    generator: np.random.Generator,
    groups: NDArray[np.int64] | None = None,
) -> NDArray[np.int8]:
    """Return each sample's fold; a class's samples take turns, so few never share one.

    A class of one gets fold -1: it always teaches and is never judged.

    Args:
        labels: (N,) from 0 to K - 1.
        generator: of the turns.
        groups: (N,) from 0 to G - 1, of what never parts: then groups take turns, by the class
            that most of each is of. A class that would lie in one fold alone gets fold -1, and its
            groups with it.
    """
    if groups is None:
        return _teaching(labels, _turns(labels, generator), np.arange(len(labels)))
    return _teaching(labels, _turns(_majority(labels, groups), generator)[groups], groups)


def _majority(labels: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the most frequent label of each group, the lowest of equals, (G,)."""
    width = int(labels.max()) + 1
    pairs, counts = np.unique(groups * width + labels, return_counts=True)
    order = np.lexsort((-pairs, counts, pairs // width))  # the last of each group is the one
    last = np.flatnonzero(np.diff(pairs[order] // width, append=-1))
    found: NDArray[np.int64] = pairs[order][last] % width
    return found


def _teaching(
    labels: NDArray[np.int64], folds: NDArray[np.int8], groups: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Take the groups of a class that lies in one fold alone out of the folds."""
    lowest = np.full(int(labels.max(initial=-1)) + 1, FOLDS, dtype=np.int8)
    highest = np.full(len(lowest), -1, dtype=np.int8)
    np.minimum.at(lowest, labels, folds)
    np.maximum.at(highest, labels, folds)
    alone = np.zeros(int(groups.max(initial=-1)) + 1, dtype=np.bool_)
    alone[groups[(lowest == highest)[labels]]] = True
    folds[alone[groups]] = -1
    return folds


def _turns(labels: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int8]:
    shuffled = generator.permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]  # by class, random inside
    sizes = np.bincount(labels)
    places = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    first = generator.integers(FOLDS, size=len(sizes))  # else small classes crowd the first folds
    folds = np.empty(len(labels), dtype=np.int8)
    folds[order] = (places + first[labels[order]]) % FOLDS
    return folds


def some_of_each(
    labels: NDArray[np.int64], rows: NDArray[np.int64], limit: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Return at most `limit` of the rows at random, but at least one of every class among them."""
    if len(rows) <= limit:
        return rows
    shuffled = generator.permutation(rows)
    one_each = np.unique(labels[shuffled], return_index=True)[1]
    rest = np.delete(shuffled, one_each)[: max(0, limit - len(one_each))]
    return np.sort(np.concatenate([shuffled[one_each], rest]))
