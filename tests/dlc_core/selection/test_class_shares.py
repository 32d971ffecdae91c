"""Division of the budget: uniform, least numbers, own numbers, over all classes, copies first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlc_core.apportion import class_sequence, class_totals
from dlc_core.errors import DLCError
from dlc_core.recipes import Recipe
from dlc_core.selection.arrange import in_one_class, with_shares, without_copies
from dlc_core.selection.candidates import Candidates, candidates
from dlc_core.selection.class_shares import Shares
from tests.dlc_core.selection.conftest import kept_by

counts_of_classes = st.lists(st.integers(0, 25), min_size=1, max_size=7).filter(any)


def literal(counts: list[int], total: int, balance: str, minimum: int) -> list[int]:
    """Place by place: who is next among those that have samples left."""
    held = [0] * len(counts)
    queue = class_sequence(counts).tolist()
    for _ in range(total):
        poor = [c for c in queue if held[c] < minimum]
        if balance == "uniform":
            free = [c for c in range(len(counts)) if held[c] < counts[c]]
            chosen = min(free, key=lambda c: (held[c], c))
        else:
            # The place of the class's next sample: poor classes first, in the sequence's order.
            chosen = poor[0] if poor else queue[0]
        queue.remove(chosen)
        held[chosen] += 1
    return held


@settings(deadline=None)
@given(counts_of_classes, st.sampled_from(["data", "uniform"]), st.integers(0, 6))
def test_totals_are_the_literal_ones(counts: list[int], balance: str, minimum: int) -> None:
    before = np.zeros(len(counts), dtype=np.int64)
    for total in range(sum(counts) + 1):
        found = class_totals(counts, total, balance=balance, minimum=minimum)
        assert found.tolist() == literal(counts, total, balance, minimum)
        assert (found >= before).all()  # so subsets stay nested
        before = found


def test_a_least_number_keeps_small_classes_whole() -> None:
    found = class_totals([100, 3, 40, 5], 30, minimum=4)
    assert found[1] == 3
    assert (found[[0, 2, 3]] >= 4).all()
    assert found.sum() == 30


def some(seed: int = 0, n: int = 60) -> Candidates:
    rng = np.random.default_rng(seed)
    return candidates(rng.random(n), rng.integers(0, 4, n), [f"k{i:03}" for i in range(n)])


def test_own_numbers_hold_for_their_classes() -> None:
    samples = with_shares(some(), Shares("own", 0, ((1, 3), (2, 1000))))
    kept = kept_by("random", samples, keep_ratio=0.5, gamma=0.5, seed=0)
    plain = some().totals(0.5)
    found = np.bincount(samples.rows[kept], minlength=4)
    assert found.tolist() == [plain[0], 3, samples.counts[2], plain[3]]


@pytest.mark.parametrize("name", ["flexrand", "random", "hardest", "easiest"])
def test_globally_the_classes_do_not_matter(name: str) -> None:
    samples = some()
    relabelled = candidates(samples.scores, np.zeros(60, dtype=int), samples.keys)
    for keep in (0.1, 0.5, 1.0):
        found = kept_by(name, in_one_class(samples), keep_ratio=keep, gamma=0.3, seed=1)
        expected = kept_by(name, relabelled, keep_ratio=keep, gamma=0.3, seed=1)
        np.testing.assert_array_equal(found, expected)
    hardest = kept_by("hardest", in_one_class(samples), keep_ratio=0.1, gamma=0.5, seed=0)
    assert set(hardest) == set(np.argsort(samples.scores)[-6:])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.sampled_from("..pe")), min_size=1, max_size=20))
def test_one_copy_of_each_group_stays(drawn: list[tuple[int, str]]) -> None:
    groups = np.array([group for group, _ in drawn])
    pinned = np.array([verdict == "p" for _, verdict in drawn])
    excluded = np.array([verdict == "e" for _, verdict in drawn])
    n = len(drawn)
    samples = candidates(
        np.zeros(n), np.zeros(n, dtype=int), [f"{i:02}" for i in range(n)],
        pinned=pinned, excluded=excluded,
    )  # fmt: skip
    left, copies = without_copies(samples, groups)
    for group in range(4):
        members = np.flatnonzero((groups == group) & ~excluded)
        stays = [i for i in members if not copies[i]]
        pins = [i for i in members if pinned[i]]
        assert stays == (pins or members[:1].tolist())
    assert not copies[(groups < 0) | excluded].any()
    np.testing.assert_array_equal(left.excluded, excluded | copies)


def test_a_recipe_says_only_what_is_not_plain_and_reads_it_back() -> None:
    assert Recipe().as_dict() == {
        "strategy": "flexrand", "keep_ratio": 0.3, "gamma": 0.5, "seed": 0,
    }  # fmt: skip
    for recipe in (
        Recipe("hardest", 0.2, scope="global"),
        Recipe(balance="uniform", without_copies=True),
        Recipe(balance="own", class_counts={"a": 3}),
        Recipe(minimum=5),
    ):
        assert Recipe.of(recipe.as_dict()).as_dict() == recipe.as_dict()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"scope": "all"}, "scope must be one of class, global, got 'all'"),
        ({"balance": "even"}, "balance must be one of data, uniform, own"),
        ({"minimum": -1}, "minimum must be a whole number from 0 on, got -1"),
        ({"class_counts": {"a": 1}}, "class counts need balance own"),
        ({"balance": "own", "class_counts": {"a": 1.5}}, "the count of class a must be"),
        ({"scope": "global", "minimum": 3}, "scope global knows no classes"),
        ({"colour": "red"}, "a recipe knows no 'colour'"),
        ({"keep_ratio": "much"}, "wrong type"),
    ],
)
def test_recipes_that_mean_nothing(values: dict[str, object], words: str) -> None:
    with pytest.raises(DLCError, match=words):
        Recipe.of(values)
