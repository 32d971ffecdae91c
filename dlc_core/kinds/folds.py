"""Which samples teach and which are judged: stratified folds and parts that hold every class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FOLDS = 5


def folds_of(labels: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int8]:
    """Return each sample's fold; a class's samples take turns, so few never share one.

    A class of one gets fold -1: it always teaches and is never judged.
    """
    shuffled = generator.permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]  # by class, random inside
    sizes = np.bincount(labels)
    places = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    first = generator.integers(FOLDS, size=len(sizes))  # else small classes crowd the first folds
    folds = np.empty(len(labels), dtype=np.int8)
    folds[order] = (places + first[labels[order]]) % FOLDS
    folds[sizes[labels] == 1] = -1
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
