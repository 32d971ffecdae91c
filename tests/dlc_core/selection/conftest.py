"""Candidates with features for the tests of strategies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dlc_core.selection.candidates import Candidates, candidates

MakePool = Callable[..., Candidates]


@pytest.fixture
def make_pool() -> MakePool:
    """A function that makes candidates with random scores, features, pins and exclusions."""

    def make(
        counts: list[int], *, dims: int, seed: int, pins: float = 0.0, exclusions: float = 0.0
    ) -> Candidates:
        rng = np.random.default_rng(seed)
        ids = rng.permutation(np.repeat(np.arange(len(counts)) * 7 - 3, counts))
        features = rng.normal(size=(len(ids), dims)).astype(np.float32)
        luck = rng.random(len(ids))
        keys = [f"p{number}" for number in rng.permutation(len(ids)).tolist()]
        return candidates(
            rng.gamma(2.0, 1.0, len(ids)),
            ids,
            keys,
            pinned=luck < pins,
            excluded=luck > 1 - exclusions,
            load_features=lambda: features,
        )

    return make
