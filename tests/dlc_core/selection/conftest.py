"""Candidates with features for the tests of strategies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.selection import STRATEGIES, choose
from dlc_core.selection.candidates import Candidates, candidates

MakePool = Callable[..., Candidates]


def kept_by(
    name: str, samples: Candidates, *, keep_ratio: float, seed: int = 0, gamma: float = 0.5
) -> NDArray[np.int64]:
    """What a strategy keeps, sorted positions; gamma where it has one."""
    entry = STRATEGIES[name]
    split = {"gamma": gamma} if "gamma" in entry.values() else {}
    return choose(samples, entry, keep_ratio=keep_ratio, seed=seed, parameters=split)


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
