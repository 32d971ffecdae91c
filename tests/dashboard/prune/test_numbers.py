from __future__ import annotations

import numpy as np

from dashboard.prune.numbers import dropped_bytes


def test_all_sizes_known_is_exact() -> None:
    sizes = np.arange(10)
    mask = np.arange(10) % 3 == 0
    assert dropped_bytes(np.arange(10), sizes, mask) == sizes[~mask].sum()
    assert dropped_bytes(np.arange(10), sizes, np.ones(10, dtype=bool)) == 0


def test_a_part_is_scaled_to_all() -> None:
    mask = np.arange(1000) < 400
    rows = np.array([1, 2, 500, 600])  # two kept, two dropped
    assert dropped_bytes(rows, np.array([7, 7, 10, 20]), mask) == 15 * 600
