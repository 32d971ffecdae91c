"""Cells of a made-up trial: what is right is drawn, a strategy is better by as much as it says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from dlc_core.evidence.material_from_run import FORMAT
from dlc_core.evidence.measurement import Cell

SAMPLES = 240
SETTINGS = {"format": FORMAT, "held_out": None, "share": 0.3, "method": {"name": "probe"}}
RIGHT = {"full": 0.8, "random": 0.6, "flexrand:0.2": 0.6, "trimmed:0.7": 0.85, "hardest": 0.1}


def cell(arm: str, ratio: float, seed: int) -> Cell:
    """Return a cell of SAMPLES held-out samples."""
    rng = np.random.default_rng([seed, len(arm), round(100 * ratio)])
    right = rng.random(SAMPLES) < RIGHT[arm]
    share = float(right.mean())
    return Cell(arm, ratio, seed, round(100 * ratio), share, share, share / 2, right, 0.01)


def cells(*, seeds: int = 6, ratios: tuple[float, ...] = (0.1, 0.3)) -> Iterator[Cell]:
    """Yield all cells, seed by seed."""
    for seed in range(seeds):
        for ratio in ratios:
            yield from (cell(arm, ratio, seed) for arm in RIGHT if arm != "full")
        yield cell("full", 1.0, seed)


@pytest.fixture
def made_up() -> list[Cell]:
    """Six seeds at 10 and 30 % kept."""
    return list(cells())
