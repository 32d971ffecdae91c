"""Pins and exclusions in every strategy, against DESIGN section 2 written sample by sample."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dlc_core as dlc
from dlc_core.apportion import class_sequence
from dlc_core.decisions import record, undo
from dlc_core.recipes import Recipe, run_candidates, subset_of
from dlc_core.runs import Run
from dlc_core.selection import STRATEGIES, with_decisions
from dlc_core.selection.candidates import Candidates, candidates
from dlc_core.selection.strategies.flexrand import pool_quotas, pools
from tests.dlc_core.selection.conftest import kept_by

SECTION_2 = ["easiest", "flexrand", "hardest", "random"]
SCORED = sorted(name for name, strategy in STRATEGIES.items() if not strategy.features)


@dataclass(frozen=True)
class Case:
    scores: list[float]
    class_ids: list[int]
    pinned: list[bool]
    excluded: list[bool]
    keep: float
    gamma: float
    seed: int

    @property
    def keys(self) -> list[str]:
        return [f"p{i}" for i in range(len(self.scores))]

    def samples(self, order: list[int] | None = None) -> Candidates:
        rows = order or list(range(len(self.scores)))
        return candidates(
            [self.scores[i] for i in rows],
            [self.class_ids[i] for i in rows],
            [self.keys[i] for i in rows],
            pinned=[self.pinned[i] for i in rows],
            excluded=[self.excluded[i] for i in rows],
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    counts = draw(st.lists(st.integers(1, 30), min_size=1, max_size=4))
    names = draw(st.permutations([-3, 0, 7, 20]))[: len(counts)]
    class_ids = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    n = len(class_ids)
    grid = st.integers(0, 8).map(lambda i: i / 8)  # ties
    scores = draw(st.lists(grid, min_size=n, max_size=n))
    weights = draw(st.sampled_from(["", "pe", "pp", "ee", "ppee"]))  # how many are decided
    verdicts = draw(st.lists(st.sampled_from(" " * 4 + weights), min_size=n, max_size=n))
    pinned, excluded = [v == "p" for v in verdicts], [v == "e" for v in verdicts]
    gamma = draw(st.one_of(st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0]), st.floats(0, 1)))
    keep = draw(st.floats(0.001, 1.0))
    return Case(scores, class_ids, pinned, excluded, keep, gamma, draw(st.integers(0, 3)))


def literal(case: Case, name: str) -> list[int]:
    """The rule in words: totals with pins giving way from the end, then pools with pins first."""
    eligible = [i for i, gone in enumerate(case.excluded) if not gone]
    total = floor(case.keep * len(eligible) + 0.5)
    classes = sorted({case.class_ids[i] for i in eligible})
    members = {c: [i for i in eligible if case.class_ids[i] == c] for c in classes}
    pins = {c: sum(case.pinned[i] for i in members[c]) for c in classes}
    order = class_sequence([len(members[c]) for c in classes]).tolist()[:total]
    sequence = [classes[row] for row in order]
    k = {c: max(sequence.count(c), pins[c]) for c in classes}
    for c in reversed(sequence):
        if sum(k.values()) > total and k[c] > pins[c]:
            k[c] -= 1
    kept = []
    for c in classes:
        ordered = sorted(members[c], key=lambda i: (case.scores[i], case.keys[i]))
        drawn = sorted(ordered, key=lambda i: _luck(case.seed, case.keys[i]))
        if name != "flexrand":
            order = {"random": drawn, "easiest": ordered, "hardest": ordered[::-1]}[name]
            kept += _first(order, case.pinned, k[c])
            continue
        n, small = len(ordered), floor(min(case.gamma, 1 - case.gamma) * len(ordered) + 1e-9)
        cut = small if case.gamma <= 0.5 else n - small
        quota = min(small, k[c] // 2)
        easy = quota if case.gamma <= 0.5 else k[c] - quota
        hard = k[c] - easy
        easy_pins = sum(case.pinned[i] for i in ordered[:cut])
        hard_pins = sum(case.pinned[i] for i in ordered[cut:])
        if easy_pins > easy:
            easy, hard = easy_pins, k[c] - easy_pins
        elif hard_pins > hard:
            easy, hard = k[c] - hard_pins, hard_pins
        for pool, give in ((ordered[:cut], easy), (ordered[cut:], hard)):
            assert give <= len(pool)
            kept += _first([i for i in drawn if i in pool], case.pinned, give)
    return sorted(kept)


def _luck(seed: int, key: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest()


def _first(order: list[int], pinned: list[bool], count: int) -> list[int]:
    return sorted(order, key=lambda i: not pinned[i])[:count]  # stable: pins first


def choose(case: Case, name: str, keep: float, samples: Candidates) -> list[int]:
    kept = kept_by(name, samples, keep_ratio=keep, gamma=case.gamma, seed=case.seed)
    assert kept.dtype == np.int64
    return list(kept.tolist())


@settings(max_examples=300, deadline=None)
@given(cases(), st.sampled_from(SECTION_2))
def test_every_strategy_of_section_2_is_the_literal_one(case: Case, name: str) -> None:
    assert choose(case, name, case.keep, case.samples()) == literal(case, name)


@settings(max_examples=300, deadline=None)
@given(cases(), st.sampled_from(SCORED), st.floats(0, 1), st.randoms())
def test_budgets_nestedness_and_row_order(
    case: Case, name: str, share: float, random: object
) -> None:
    n, pins = len(case.scores), sum(case.pinned)
    kept = choose(case, name, case.keep, case.samples())
    eligible = n - sum(case.excluded)
    assert len(kept) == max(floor(case.keep * eligible + 0.5), pins)
    assert {i for i in range(n) if case.pinned[i]} <= set(kept)
    assert not any(case.excluded[i] for i in kept)
    smaller = choose(case, name, max(case.keep * share, 1e-6), case.samples())
    assert set(smaller) <= set(kept)
    shuffle = list(range(n))
    random.shuffle(shuffle)  # type: ignore[attr-defined]
    again = choose(case, name, case.keep, case.samples(shuffle))
    assert sorted(shuffle[i] for i in again) == kept


@settings(deadline=None)
@given(cases())
def test_decisions_made_later_give_what_decisions_made_before_give(case: Case) -> None:
    plain = candidates(case.scores, case.class_ids, case.keys)
    later = with_decisions(plain, pinned=case.pinned, excluded=case.excluded)
    before = case.samples()
    np.testing.assert_array_equal(later.place, before.place)
    np.testing.assert_array_equal(later.counts, before.counts)
    for name in SCORED:
        assert choose(case, name, case.keep, later) == choose(case, name, case.keep, before)
        undecided = with_decisions(later)
        assert choose(case, name, case.keep, undecided) == choose(case, name, case.keep, plain)


@settings(deadline=None)
@given(cases())
def test_pools_without_pins_are_the_plain_ones(case: Case) -> None:
    samples = with_decisions(case.samples(), excluded=case.excluded)
    split = pools(samples, keep_ratio=case.keep, gamma=case.gamma)
    sizes, easy, hard = pool_quotas(samples.counts, samples.totals(case.keep), case.gamma)
    for ours, plain in ((split.sizes, sizes), (split.easy, easy), (split.hard, hard)):
        np.testing.assert_array_equal(ours, plain)


def test_flexrand_takes_masks() -> None:
    scores, ids = [0.1, 0.2, 0.3, 0.4], [0, 0, 0, 0]
    masks = {"pinned": [False, False, True, False], "excluded": [True, False, False, False]}
    for keep, kept in ((0.34, [2]), (1.0, [1, 2, 3])):
        assert dlc.flexrand(scores, ids, keep_ratio=keep, **masks).tolist() == kept  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        ({"pinned": [True, False], "excluded": [True, True]}, "got 1 that are both"),
        ({"pinned": [True]}, r"pinned must be 2 booleans, got bool of shape \(1,\)"),
        ({"excluded": [0, 1]}, r"excluded must be 2 booleans, got int64 of shape \(2,\)"),
    ],
)
def test_masks_are_checked(masks: dict[str, list[bool]], words: str) -> None:
    with pytest.raises(dlc.DLCError, match=words):
        dlc.flexrand([0.1, 0.2], [0, 0], keep_ratio=0.5, **masks)  # type: ignore[arg-type]


def test_everything_excluded_keeps_nothing() -> None:
    kept = dlc.flexrand([0.1, 0.2], [0, 0], keep_ratio=1.0, excluded=[True, True])
    assert kept.tolist() == []


def test_a_run_honours_what_stands_in_its_log(digits_run: Run, tmp_path: Path) -> None:
    for name in ("run.json", "samples.parquet"):
        shutil.copy(digits_run.path / name, tmp_path)
    run = Run.open(tmp_path)
    plain = dlc.select(run, keep_ratio=0.3)
    assert (plain.total, plain.pinned, plain.excluded, plain.dropped) == (1797, 0, 0, 1258)
    gone = plain.ids[:100]
    kept = np.setdiff1d(np.arange(1797), plain.ids)[:20]
    record(run.path, gone.tolist(), by="a", verdict="exclude", relabel="7")
    record(run.path, kept.tolist(), by="a", verdict="pin")
    subset = dlc.select(run, keep_ratio=0.3)
    assert set(kept.tolist()) <= set(subset.ids.tolist())
    assert not set(gone.tolist()) & set(subset.ids.tolist())
    assert len(subset) == floor(0.3 * 1697 + 0.5)
    assert (subset.total, subset.pinned, subset.excluded) == (1797, 20, 100)
    assert len(subset) + subset.dropped + subset.excluded == 1797
    np.testing.assert_array_equal(run.samples["id"].to_numpy()[subset.positions], subset.ids)
    ignored = dlc.select(run, keep_ratio=0.3, decisions=False)
    np.testing.assert_array_equal(ignored.ids, plain.ids)
    for _ in range(2):
        undo(run.path, by="a", since=0)
    again = subset_of(run, run_candidates(run), Recipe(keep_ratio=0.3))
    np.testing.assert_array_equal(again.ids, plain.ids)
