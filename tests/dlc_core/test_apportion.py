from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dlc_core.apportion import budget, class_sequence, class_totals

counts_of_classes = st.lists(st.integers(0, 40), min_size=1, max_size=8).filter(any)


def literal_sequence(counts: list[int]) -> list[int]:
    """DESIGN section 2, sample by sample, in exact fractions."""
    total = sum(counts)
    waiting = [
        (floor(Fraction((j - 1) * total, n)), ceil(Fraction(j * total, n)), c)
        for c, n in enumerate(counts)
        for j in range(1, n + 1)
    ]
    order = []
    for place in range(total):
        released = [item for item in waiting if item[0] <= place]
        chosen = min(released, key=lambda item: (item[1], item[2]))
        waiting.remove(chosen)
        order.append(chosen[2])
    return order


@given(counts_of_classes)
def test_sequence_is_the_literal_one(counts: list[int]) -> None:
    assert class_sequence(counts).tolist() == literal_sequence(counts)


@given(counts_of_classes)
def test_totals_are_exact_near_proportional_and_only_grow(counts: list[int]) -> None:
    total = sum(counts)
    before = np.zeros(len(counts), dtype=np.int64)
    for kept in range(total + 1):
        totals = class_totals(counts, kept)
        assert totals.sum() == kept
        assert (totals >= before).all()
        for n, k in zip(counts, totals.tolist(), strict=True):
            assert floor(Fraction(kept * n, total)) <= k <= ceil(Fraction(kept * n, total))
        before = totals


def test_budget_rounds_half_up() -> None:
    assert [budget(b, 10) for b in (0.04, 0.05, 0.25, 1.0)] == [0, 1, 3, 10]


def literal_totals(sequence: list[int], pins: list[int], total: int) -> list[int]:
    """DESIGN section 2: classes keep their pins, others give way from the end of the sequence."""
    sequence = sequence[:total]
    totals = [max(sequence.count(c), pin) for c, pin in enumerate(pins)]
    for c in reversed(sequence):
        if sum(totals) > total and totals[c] > pins[c]:
            totals[c] -= 1
    return totals


@settings(deadline=None)
@given(counts_of_classes, st.data())
def test_pinned_totals_are_the_literal_ones_and_only_grow(
    counts: list[int], data: st.DataObject
) -> None:
    pins = [data.draw(st.integers(0, n)) for n in counts]
    sequence = literal_sequence(counts)
    before = np.zeros(len(counts), dtype=np.int64)
    for kept in range(sum(counts) + 1):
        totals = class_totals(counts, kept, pins)
        assert totals.tolist() == literal_totals(sequence, pins, kept)
        unpinned = class_totals(counts, kept)
        if (unpinned >= pins).all():  # then pins change no total
            assert (totals == unpinned).all()
        assert totals.sum() == max(kept, sum(pins))
        assert (totals >= before).all()
        assert (totals <= counts).all()
        before = totals


def test_a_class_keeps_its_pins_and_the_last_places_give_way() -> None:
    # The first five places go to 0, 1, 2, 0, 1; class 2 keeps three, so the last two give way.
    assert class_sequence([3, 3, 3]).tolist()[:5] == [0, 1, 2, 0, 1]
    assert class_totals([3, 3, 3], 5, [0, 0, 3]).tolist() == [1, 1, 3]
    assert class_totals([3, 3, 3], 5, [2, 2, 3]).tolist() == [2, 2, 3]  # pins alone exceed it
