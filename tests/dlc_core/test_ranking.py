from __future__ import annotations

import numpy as np

from dlc_core.ranking import key_places, ranks


def test_ranks_and_percentiles_by_hand() -> None:
    scores = np.array([0.5, 0.9, 0.1, 0.9, 0.3])
    class_ids = np.array([4, 4, 4, 9, 4])
    rank, class_rank, percentile = ranks(scores, class_ids, key_places(["a", "b", "c", "d", "e"]))
    # 0.9 twice: ordered by key, the later key is the harder one.
    assert rank.tolist() == [3, 2, 5, 1, 4]
    assert class_rank.tolist() == [2, 1, 4, 1, 3]
    np.testing.assert_allclose(percentile, [200 / 3, 100, 0, 50, 100 / 3])


def test_ranks_do_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 5, 80).astype(np.float64)  # many ties
    class_ids = rng.integers(0, 3, 80)
    keys = [f"k{i:03d}" for i in range(80)]
    shuffle = rng.permutation(80)
    plain = ranks(scores, class_ids, key_places(keys))
    places = key_places([keys[i] for i in shuffle])
    shuffled = ranks(scores[shuffle], class_ids[shuffle], places)
    for before, after in zip(plain, shuffled, strict=True):
        np.testing.assert_array_equal(before[shuffle], after)
