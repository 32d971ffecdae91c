"""FlexRand: random inside an easy and a hard pool of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.selection.candidates import Candidates, candidates
from dlc_core.selection.choose import choose
from dlc_core.selection.draw import draw_order
from dlc_core.selection.parameters import Parameter
from dlc_core.selection.strategies.strategy import Pool, Strategy


def smaller_pool_sizes(counts: NDArray[np.int64], gamma: float) -> NDArray[np.int64]:
    """Return s = floor(min(gamma, 1 - gamma) n_c + 1e-9) for each class, (C,)."""
    share = min(gamma, 1.0 - gamma)
    sizes: NDArray[np.int64] = np.floor(share * counts + 1e-9).astype(np.int64)
    return sizes


def pool_quotas(
    counts: NDArray[np.int64], totals: NDArray[np.int64], gamma: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return (size of the easy pool, easy quota, hard quota) of each class, each (C,).

    The smaller pool (the easy one for gamma <= 0.5) gives min(s, floor(k / 2)) of the class total
    k, the other pool gives the rest. Pins are not looked at here; see `pools`.
    """
    small = smaller_pool_sizes(counts, gamma)
    quota = np.minimum(small, totals // 2)
    if gamma <= 0.5:
        return small, quota, totals - quota
    return counts - small, totals - quota, quota


@dataclass(frozen=True)
class Pools:
    """FlexRand's pools of the eligible samples of each class.

    Attributes:
        sizes: (C,) of the easy pool; the hard pool has the rest of the class.
        easy: (C,) quota of the easy pool.
        hard: (C,) quota of the hard pool.
        is_hard: (N,) whether each sample lies in the hard pool (so do excluded ones).
    """

    sizes: NDArray[np.int64]
    easy: NDArray[np.int64]
    hard: NDArray[np.int64]
    is_hard: NDArray[np.bool_]


def pools(samples: Candidates, *, keep_ratio: float, gamma: float) -> Pools:
    """Return the pools and their quotas, pins honoured.

    A pin counts towards the class total k and towards the quota of the pool that it lies in. A
    pool with more pins than quota keeps its pins, and the other one gives way. With quotas e + h =
    k, of which p_e + p_h <= k are pinned, the easy pool gives clip(e, p_e, k - p_h), the hard pool
    the rest. Both only grow with k, as e and h do.

    Raises:
        DLCError: if keep_ratio is not in (0, 1].
    """
    totals = samples.totals(keep_ratio)
    sizes, easy, _ = pool_quotas(samples.counts, totals, gamma)
    is_hard = samples.place >= sizes[samples.rows]
    hard_pins = np.bincount(samples.rows[samples.pinned & is_hard], minlength=len(totals))
    easy = np.clip(easy, samples.pins - hard_pins, totals - hard_pins)
    return Pools(sizes, easy, totals - easy, is_hard)


def flexrand_order(samples: Candidates, *, seed: int, gamma: float) -> NDArray[np.int64]:
    """Return each sample's turn in its class, (N,): the first k of a class are those kept for k.

    Both quotas only grow with k, one of them by 1 at a time: that pool gives its next sample by the
    draw. The pins come first.

    Args:
        samples: what to choose from.
        seed: of the draw.
        gamma: the split, in [0, 1].

    Reference: arXiv 2402.05356, section 3 (FlexRand).
    """
    counts, n = samples.counts, len(samples)
    row = np.repeat(np.arange(len(counts)), counts)  # (E,) the class of each turn
    starts = np.cumsum(counts) - counts
    total = np.arange(len(row)) - starts[row] + 1  # (E,) k, from 1
    sizes = pool_quotas(counts, np.zeros_like(counts), gamma)[0]
    is_hard = samples.place >= sizes[samples.rows]
    pins = samples.pins
    hard_pins = np.bincount(samples.rows[samples.pinned & is_hard], minlength=len(counts))
    easy_pins = pins - hard_pins
    _, easy, _ = pool_quotas(counts[row], total, gamma)
    easy = np.clip(easy, easy_pins[row], np.maximum(total - hard_pins[row], easy_pins[row]))
    before = np.where(total > 1, np.roll(easy, 1), 0)  # of the same class, k - 1
    grows = np.where(total <= pins[row], total <= easy_pins[row], easy > before)
    slots = np.argsort(row * (2 * n) + np.where(grows, 0, n) + total)  # by class, pool and k
    draw = samples.turns(draw_order(samples.named, seed=seed))
    eligible = np.flatnonzero(~samples.excluded)
    groups = 2 * samples.rows[eligible] + is_hard[eligible]
    drawn = eligible[np.argsort(groups * (3 * n) + draw[eligible])]  # by class, pool and the draw
    turns = np.zeros(n, dtype=np.int64)
    turns[drawn] = total[slots] - 1
    return turns


def flexrand_pools(samples: Candidates, *, keep_ratio: float, gamma: float) -> tuple[Pool, ...]:
    """Return the easy and the hard pool over all classes."""
    found = pools(samples, keep_ratio=keep_ratio, gamma=gamma)
    easy = int(found.sizes.sum())
    return (
        Pool("easy", easy, int(found.easy.sum())),
        Pool("hard", samples.eligible - easy, int(found.hard.sum())),
    )


def _split_words(gamma: float) -> str:
    leans = "" if gamma in (0, 0.5, 1) else ", leans easy" if gamma < 0.5 else ", leans hard"
    return f"split {100 * gamma:g} %{leans}"


STRATEGY = Strategy(
    "FlexRand",
    "Random inside an easy and a hard pool of each class (FlexRand)",
    flexrand_order,
    explanation="The split parts each class into an easy and a hard pool; the smaller one gives up "
    "to half of what is kept, so at small budgets many picks come from one end of the scores.",
    parameters=(
        Parameter(
            "gamma",
            "Easy/hard split",
            0.0,
            1.0,
            0.5,
            "Share of each class, easiest first, that forms the easy pool (gamma). Below 50 % the "
            "subset leans easy, above it leans hard; 0, 50 and 100 % are almost plain random.",
            share=True,
            tried=(0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9),
            said=_split_words,
            chosen="split chosen",
        ),
    ),
    random=True,
    pools=flexrand_pools,
)


def flexrand(
    scores: ArrayLike,
    class_ids: ArrayLike,
    *,
    keep_ratio: float,
    gamma: float = 0.5,
    seed: int = 0,
    keys: Sequence[str] | None = None,
    pinned: ArrayLike | None = None,
    excluded: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Return the positions that FlexRand keeps: uniform draws inside an easy and a hard pool.

    Inside each class the share gamma of easiest samples forms the easy pool. Of a class total k,
    the smaller pool gives min(its size, floor(k / 2)), the other the rest. Totals are exact:
    floor(keep_ratio N + 0.5) over all, apportioned to the classes. For fixed gamma, seed and keys
    a smaller keep_ratio keeps a subset of a larger one's.

    Args:
        scores: (N,) DLC scores, finite; higher = harder.
        class_ids: (N,) any whole numbers.
        keep_ratio: share kept, in (0, 1].
        gamma: split, in [0, 1]; below 0.5 leans easy, above leans hard; 0, 0.5 and 1 are almost
            plain stratified random.
        seed: any whole number.
        keys: N distinct strings (a sample's path) that make the draw independent of the rows'
            order; None takes the positions.
        pinned: (N,) booleans: samples that are always kept, even if they alone exceed the budget.
        excluded: (N,) booleans: samples that are never kept; N in the budget is without them.

    Returns:
        Sorted positions, int64; empty for a total of 0.

    Raises:
        DLCError: if a value is out of range, shapes do not fit or a score is not finite.

    Reference: arXiv 2402.05356, section 3 (FlexRand). The released code rounds quotas one by one,
    which misses the budget; here they are whole numbers that meet it.

    >>> flexrand([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], keep_ratio=0.5)
    array([1, 3])
    """
    samples = candidates(scores, class_ids, keys, pinned=pinned, excluded=excluded)
    return choose(samples, STRATEGY, keep_ratio=keep_ratio, seed=seed, parameters={"gamma": gamma})
