"""CCS against its paper's algorithm 1, bin by bin."""

from __future__ import annotations

import hashlib
from math import floor

import numpy as np
import pytest

from dlc_core.selection.candidates import Candidates, candidates
from dlc_core.selection.strategies.ccs import STRATEGY
from tests.dlc_core.selection.conftest import MakePool, kept_by

CUT, BINS = STRATEGY.values()["cut"], int(STRATEGY.values()["bins"])


def quotas(sizes: dict[int, int], budget: int) -> dict[int, int]:
    """Algorithm 1: the smallest bin first; of equal ones the lowest."""
    left, given = dict(sizes), {}
    while left:
        smallest = min(left, key=lambda b: (left[b], b))
        given[smallest] = min(left[smallest], budget // len(left))
        budget -= given[smallest]
        del left[smallest]
    return given


def literal_class(samples: Candidates, rows: list[int], total: int, seed: int) -> list[int]:
    """One class: cut, bins, quotas, draws; pins first of their bin, others give way."""
    ordered = sorted(rows, key=lambda i: (samples.scores[i], samples.keys[i]))
    left = ordered[: len(ordered) - floor(CUT * len(ordered) + 1e-9)]
    low, high = samples.scores[left[0]], samples.scores[left[-1]]
    bins: dict[int, list[int]] = {}
    for i in left:
        share = (samples.scores[i] - low) / (high - low) if high > low else 0.0
        bins.setdefault(min(floor(share * BINS), BINS - 1), []).append(i)
    for members in bins.values():
        members.sort(key=lambda i: (not samples.pinned[i], luck(seed, samples.keys[i])))
    sizes = {b: len(members) for b, members in bins.items()}
    kept = [i for i in rows if samples.pinned[i]]
    for budget in range(1, len(left) + 1):
        now, before = quotas(sizes, budget), quotas(sizes, budget - 1)
        (grown,) = (b for b in sizes if now[b] != before[b])
        following = bins[grown][before[grown]]
        if len(kept) < total and following not in kept:
            kept.append(following)
    for i in ordered[len(left) :]:
        if len(kept) < total and i not in kept:
            kept.append(i)
    return kept


def luck(seed: int, key: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest()


def literal(samples: Candidates, keep: float, seed: int) -> list[int]:
    kept = []
    for row, total in enumerate(samples.totals(keep).tolist()):
        rows = np.flatnonzero((samples.rows == row) & ~samples.excluded).tolist()
        kept += literal_class(samples, rows, total, seed) if rows else []
    return sorted(kept)


@pytest.mark.parametrize("counts", [[1, 2], [9, 30], [80], [11, 10, 200]])
@pytest.mark.parametrize("keep", [0.05, 0.3, 0.7, 0.95, 1.0])
@pytest.mark.parametrize("decided", [(0.0, 0.0), (0.1, 0.1), (0.3, 0.3)])
def test_it_is_the_papers(
    make_pool: MakePool, counts: list[int], keep: float, decided: tuple[float, float]
) -> None:
    for seed in (0, 1):
        samples = make_pool(counts, dims=1, seed=seed, pins=decided[0], exclusions=decided[1])
        kept = kept_by("ccs", samples, keep_ratio=keep, gamma=0.5, seed=seed)
        assert kept.tolist() == literal(samples, keep, seed)


def test_without_pins_the_bins_give_the_papers_quotas() -> None:
    scores = [0.0] * 2 + [0.5] * 9 + [1.0] * 7 + [9.0] * 2  # two of twenty are cut
    for keep, per_bin in ((0.15, [1, 1, 1]), (0.35, [2, 3, 2]), (0.5, [2, 4, 4]), (0.9, [2, 9, 7])):
        kept = kept_by("ccs", candidates(scores, [0] * 20), keep_ratio=keep, gamma=0.5, seed=0)
        found = [sum(scores[i] == value for i in kept) for value in (0.0, 0.5, 1.0)]
        assert found == per_bin
        sizes = {0: 2, 1: 9, 2: 7}
        assert list(dict(sorted(quotas(sizes, len(kept)).items())).values()) == per_bin
    full = kept_by("ccs", candidates(scores, [0] * 20), keep_ratio=0.95, gamma=0.5, seed=0)
    assert sum(scores[i] == 9.0 for i in full) == 1
