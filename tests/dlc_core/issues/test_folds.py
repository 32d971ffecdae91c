from __future__ import annotations

import numpy as np
import pytest

from dlc_core.issues.folds import FOLDS, _majority, folds_of, some_of_each


@pytest.mark.parametrize("sizes", [[1, 2, 3, 4, 5, 6, 23], [1, 1], [2, 2], [50, 7]])
def test_folds_share_out_every_class(sizes: list[int]) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.random.default_rng(1).permutation(labels)
    folds = folds_of(labels, np.random.default_rng(0))
    for class_id, size in enumerate(sizes):
        inside = folds[labels == class_id]
        if size == 1:
            assert inside.tolist() == [-1]
            continue
        counts = np.bincount(inside, minlength=FOLDS)
        assert counts.max() - counts.min() <= 1
        assert (size - counts >= 1).all()  # someone is left to teach the class


def test_a_part_holds_every_class_and_no_more_than_asked() -> None:
    labels = np.array([0] * 90 + [1] * 9 + [2])
    rows = np.arange(100)
    part = some_of_each(labels, rows, 12, np.random.default_rng(0))
    assert len(part) == len(set(part.tolist())) == 12
    assert set(labels[part]) == {0, 1, 2}
    assert some_of_each(labels, rows, 100, np.random.default_rng(0)) is rows
    assert len(some_of_each(labels, rows, 2, np.random.default_rng(0))) == 3


@pytest.mark.parametrize("seed", range(20))
def test_groups_never_part_and_every_class_is_taught(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 40, 300)
    _, groups = np.unique(groups, return_inverse=True)
    labels = np.where(rng.random(300) < 0.7, groups % 6, rng.integers(0, 8, 300))
    labels[groups == 3] = 8  # a class of one group
    folds = folds_of(labels, rng, groups)
    for group in np.unique(groups):
        assert len(set(folds[groups == group])) == 1
    assert set(folds[labels == 8]) == {-1}
    for fold in range(FOLDS):
        assert set(labels[folds != fold]) == set(labels)
    sizes = np.bincount(folds[folds >= 0], minlength=FOLDS)
    assert sizes.min() > 20


def test_the_class_of_a_group_is_what_most_of_it_is() -> None:
    labels = np.array([2, 1, 1, 0, 2, 2, 0, 0])
    groups = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    assert _majority(labels, groups).tolist() == [1, 2, 0]
    assert _majority(np.array([3, 1]), np.array([0, 0])).tolist() == [1]
