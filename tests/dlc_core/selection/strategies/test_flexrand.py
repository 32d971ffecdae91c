from __future__ import annotations

import hashlib
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import dlc_core as dlc
from dlc_core.apportion import class_sequence
from dlc_core.selection import STRATEGIES
from dlc_core.selection.candidates import candidates
from tests.dlc_core.selection.conftest import kept_by

SCORED = sorted(name for name, strategy in STRATEGIES.items() if not strategy.features)


def literal_flexrand(
    scores: list[float], class_ids: list[int], keys: list[str], b: float, gamma: float, seed: int
) -> list[int]:
    """DESIGN section 2, in whole numbers, sample by sample."""
    total = floor(b * len(scores) + 0.5)
    classes = sorted(set(class_ids))
    sequence = class_sequence([class_ids.count(c) for c in classes]).tolist()[:total]
    kept = []
    for row, c in enumerate(classes):
        members = [i for i in range(len(scores)) if class_ids[i] == c]
        members.sort(key=lambda i: (scores[i], keys[i]))
        k, n = sequence.count(row), len(members)
        s = floor(min(gamma, 1 - gamma) * n + 1e-9)
        small = min(s, k // 2)
        if gamma <= 0.5:
            pools = [(members[:s], small), (members[s:], k - small)]
        else:
            pools = [(members[: n - s], k - small), (members[n - s :], small)]
        for pool, quota in pools:
            pool.sort(
                key=lambda i: hashlib.blake2b(f"{seed}\0{keys[i]}".encode(), digest_size=8).digest()
            )
            assert quota <= len(pool)
            kept += pool[:quota]
    return sorted(kept)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[float], list[int], float, float, int]:
    counts = draw(st.lists(st.integers(1, 60), min_size=1, max_size=5))
    names = draw(st.permutations([-3, 0, 7, 20, 1000]))[: len(counts)]
    class_ids = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    grid = st.integers(0, 8).map(lambda i: i / 8)  # ties
    scores = draw(st.lists(grid, min_size=len(class_ids), max_size=len(class_ids)))
    keep = draw(st.floats(0.001, 1.0))
    gamma = draw(st.one_of(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0]), st.floats(0, 1)))
    return scores, class_ids, keep, gamma, draw(st.integers(0, 5))


@given(cases())
def test_flexrand_is_the_literal_one(
    case: tuple[list[float], list[int], float, float, int],
) -> None:
    scores, class_ids, keep, gamma, seed = case
    keys = [f"p{i}" for i in range(len(scores))]
    kept = dlc.flexrand(scores, class_ids, keep_ratio=keep, gamma=gamma, seed=seed, keys=keys)
    assert kept.dtype == np.int64
    assert kept.tolist() == literal_flexrand(scores, class_ids, keys, keep, gamma, seed)


@settings(max_examples=300)
@given(cases(), st.sampled_from(SCORED), st.floats(0, 1), st.randoms())
def test_every_strategy_of_scores_is_exact_nested_and_independent_of_row_order(
    case: tuple[list[float], list[int], float, float, int], name: str, share: float, random: object
) -> None:
    scores, class_ids, keep, gamma, seed = case
    n = len(scores)
    keys = [f"p{i}" for i in range(n)]
    samples = candidates(scores, class_ids, keys)
    kept = kept_by(name, samples, keep_ratio=keep, gamma=gamma, seed=seed)
    assert len(kept) == floor(keep * n + 0.5)
    assert (np.diff(kept) > 0).all()
    for c in set(class_ids):
        exact = floor(keep * n + 0.5) * class_ids.count(c) / n
        assert floor(exact) <= sum(class_ids[i] == c for i in kept) <= -floor(-exact)
    smaller_ratio = max(keep * share, 1e-6)
    smaller = kept_by(name, samples, keep_ratio=smaller_ratio, gamma=gamma, seed=seed)
    assert set(smaller.tolist()) <= set(kept.tolist())
    shuffle = list(range(n))
    random.shuffle(shuffle)  # type: ignore[attr-defined]
    shuffled = candidates(
        [scores[i] for i in shuffle], [class_ids[i] for i in shuffle], [keys[i] for i in shuffle]
    )
    again = kept_by(name, shuffled, keep_ratio=keep, gamma=gamma, seed=seed)
    assert sorted(shuffle[i] for i in again) == kept.tolist()


def test_inclusion_is_uniform_inside_each_pool() -> None:
    n, gamma, keep, seeds = 40, 0.3, 0.25, 2000
    scores = np.arange(n) / n
    hits = np.zeros(n)
    for seed in range(seeds):
        hits[dlc.flexrand(scores, np.zeros(n, int), keep_ratio=keep, gamma=gamma, seed=seed)] += 1
    easy, hard = hits[:12], hits[12:]
    assert easy.sum() == hard.sum() == 5 * seeds
    assert chisquare(easy).pvalue > 1e-4
    assert chisquare(hard).pvalue > 1e-4


def test_leanings_are_as_described() -> None:
    scores, ids = np.arange(100.0), np.zeros(100, int)
    low = dlc.flexrand(scores, ids, keep_ratio=0.1, gamma=0.1)
    high = dlc.flexrand(scores, ids, keep_ratio=0.1, gamma=0.9)
    assert (low < 10).sum() == 5
    assert (high >= 90).sum() == 5


def test_hardest_and_easiest_take_the_ends_of_each_class() -> None:
    scores, ids = [0.0, 1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 0, 1, 1, 1, 1]
    pool = candidates(scores, ids)
    names = ("hardest", "easiest")
    kept = {n: kept_by(n, pool, keep_ratio=0.5, gamma=0.5, seed=0) for n in names}
    assert kept["hardest"].tolist() == [2, 3, 6, 7]
    assert kept["easiest"].tolist() == [0, 1, 4, 5]


def test_a_total_of_zero_is_empty() -> None:
    kept = dlc.flexrand([1.0, 2.0, 3.0], [0, 0, 1], keep_ratio=0.01)
    assert kept.tolist() == []
    assert kept.dtype == np.int64


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"keep_ratio": 1.5}, r"keep_ratio must be in \(0, 1\], got 1.5"),
        ({"keep_ratio": 0.0}, r"keep_ratio must be in \(0, 1\], got 0"),
        ({"keep_ratio": float("nan")}, r"keep_ratio must be in \(0, 1\], got nan"),
        ({"keep_ratio": 0.5, "gamma": -0.1}, r"gamma must be in \[0, 1\], got -0.1"),
        ({"keep_ratio": 0.5, "keys": ["a", "a"]}, "a key twice"),
        ({"keep_ratio": 0.5, "keys": ["a"]}, "expected 2 keys, got 1"),
    ],
)
def test_errors_say_what_came(values: dict[str, object], words: str) -> None:
    with pytest.raises(dlc.DLCError, match=words):
        dlc.flexrand([0.1, 0.2], [0, 0], **values)  # type: ignore[arg-type]


def test_nan_scores_are_refused() -> None:
    with pytest.raises(dlc.DLCError, match="scores must be finite, got 1"):
        dlc.flexrand([0.1, float("nan")], [0, 0], keep_ratio=0.5)
