"""Moderate coreset against its formula, sample by sample."""

from __future__ import annotations

from math import dist
from statistics import median

import numpy as np
import pytest

from dlc_core.selection.candidates import Candidates, candidates
from tests.dlc_core.selection.conftest import MakePool, kept_by


def literal(samples: Candidates, keep: float) -> list[int]:
    kept: list[int] = []
    for row, total in enumerate(samples.totals(keep).tolist()):
        rows = np.flatnonzero((samples.rows == row) & ~samples.excluded).tolist()
        if not rows:
            continue
        vectors = {i: [float(v) for v in samples.features[i]] for i in rows}
        centre = [sum(values) / len(rows) for values in zip(*vectors.values(), strict=True)]
        away = {i: dist(vectors[i], centre) for i in rows}
        middle, largest = median(away.values()), max(away.values())

        def order(
            i: int, away: dict[int, float] = away, middle: float = middle, largest: float = largest
        ) -> tuple[bool, float, str]:
            gap = round(abs(away[i] - middle) / (largest or 1.0), 9)
            return not samples.pinned[i], gap, samples.keys[i]

        kept += sorted(rows, key=order)[:total]
    return sorted(kept)


@pytest.mark.parametrize("counts", [[1, 2], [9, 30], [80], [11, 10, 200]])
@pytest.mark.parametrize("keep", [0.05, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("decided", [(0.0, 0.0), (0.3, 0.3)])
def test_it_is_the_formula(
    make_pool: MakePool, counts: list[int], keep: float, decided: tuple[float, float]
) -> None:
    samples = make_pool(counts, dims=4, seed=5, pins=decided[0], exclusions=decided[1])
    kept = kept_by("moderate", samples, keep_ratio=keep, gamma=0.5, seed=0)
    assert kept.tolist() == literal(samples, keep)


def test_both_ends_go_first_and_ties_go_by_key() -> None:
    # Distances 9 4 1 1 4 9, so their median is 4.
    features = np.array([[-9.0], [-4.0], [-1.0], [1.0], [4.0], [9.0]], dtype=np.float16)
    samples = candidates([0.0] * 6, [0] * 6, list("fedcba"), load_features=lambda: features)
    assert kept_by("moderate", samples, keep_ratio=1 / 3, gamma=0, seed=0).tolist() == [1, 4]
    assert kept_by("moderate", samples, keep_ratio=1 / 6, gamma=0, seed=0).tolist() == [4]
    assert kept_by("moderate", samples, keep_ratio=0.5, gamma=0, seed=0).tolist() == [1, 3, 4]
