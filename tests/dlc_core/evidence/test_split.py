"""What is held out: exact shares, whole groups, whatever the order of the rows."""

from __future__ import annotations

from math import floor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dlc_core.evidence.split import held_out_part
from dlc_core.ranking import key_places
from dlc_core.selection.draw import Keys


def named(names: list[str]) -> Keys:
    return Keys(tuple(names), key_places(tuple(names)))


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    share=st.floats(0.05, 0.6),
    seed=st.integers(0, 9),
    random=st.randoms(),
)
def test_shares_are_exact_and_rows_may_be_shuffled(
    sizes: list[int], share: float, seed: int, random: object
) -> None:
    rows = np.repeat(np.arange(len(sizes)), sizes)
    names = [f"p{i}" for i in range(len(rows))]
    away = held_out_part(rows, named(names), share=share, seed=seed)
    for row, size in enumerate(sizes):
        assert int(away[rows == row].sum()) == min(floor(share * size + 0.5), size - 1)
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = held_out_part(rows[order], named([names[i] for i in order]), share=share, seed=seed)
    assert again.tolist() == away[order].tolist()


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(st.integers(0, 12), min_size=2, max_size=80),
    classes=st.integers(1, 3),
    seed=st.integers(0, 5),
)
def test_a_group_is_on_one_side(groups: list[int], classes: int, seed: int) -> None:
    rows = np.arange(len(groups)) % classes
    keys = named([f"p{i}" for i in range(len(groups))])
    words = [f"g{group}" for group in groups]
    away = held_out_part(rows, keys, share=0.3, seed=seed, groups=words)
    inside = {word for word, gone in zip(words, away, strict=True) if not gone}
    outside = {word for word, gone in zip(words, away, strict=True) if gone}
    assert not inside & outside
    assert inside


def test_seeds_differ() -> None:
    rows, keys = np.zeros(50, dtype=np.int64), named([f"p{i}" for i in range(50)])
    parts = [held_out_part(rows, keys, share=0.3, seed=seed).tolist() for seed in range(3)]
    assert parts[0] != parts[1] != parts[2]


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=8), min_size=1, max_size=3),
    share=st.floats(0.05, 0.6),
    random=st.randoms(),
)
def test_of_groups_as_few_are_drawn_as_make_up_the_share(
    sizes: list[list[int]], share: float, random: object
) -> None:
    rows, groups = [], []
    for row, of_class in enumerate(sizes):
        for number, size in enumerate(of_class):
            rows += [row] * size
            groups += [f"{row}-{number}"] * size
    names = [f"p{i}" for i in range(len(rows))]
    labels = np.array(rows)
    away = held_out_part(labels, named(names), share=share, seed=1, groups=groups)
    for row, of_class in enumerate(sizes):
        held, wanted = int(away[labels == row].sum()), floor(share * sum(of_class) + 0.5)
        assert held < sum(of_class)  # one group stays to learn from
        assert held < wanted + max(of_class) or wanted == held == 0
        if held < wanted:  # only because but one group is left
            left = {
                g for g, gone in zip(groups, away, strict=True) if g[0] == str(row) and not gone
            }
            assert len(left) == 1
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = held_out_part(
        labels[order], named([names[i] for i in order]), share=share, seed=1,
        groups=[groups[i] for i in order],
    )  # fmt: skip
    assert again.tolist() == away[order].tolist()
