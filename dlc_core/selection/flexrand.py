"""FlexRand: random inside an easy and a hard pool of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.errors import DLCError
from dlc_core.selection.pool import Candidates, candidates, draw_order, smallest_in_groups


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
    k, the other pool gives the rest.
    """
    small = smaller_pool_sizes(counts, gamma)
    quota = np.minimum(small, totals // 2)
    if gamma <= 0.5:
        return small, quota, totals - quota
    return counts - small, totals - quota, quota


def flexrand_positions(
    samples: Candidates, *, keep_ratio: float, gamma: float, seed: int
) -> NDArray[np.int64]:
    """Return the sorted positions that FlexRand keeps of prepared candidates.

    Raises:
        DLCError: if keep_ratio is not in (0, 1] or gamma not in [0, 1].
    """
    if not 0 <= gamma <= 1:
        raise DLCError(f"gamma must be in [0, 1], got {gamma:g}.")
    easy_sizes, easy, hard = pool_quotas(samples.counts, samples.totals(keep_ratio), gamma)
    is_hard = samples.place >= easy_sizes[samples.rows]
    groups = 2 * samples.rows + is_hard
    quotas = np.stack([easy, hard], axis=1).ravel()  # (2 C,)
    return smallest_in_groups(draw_order(samples, seed=seed), groups, quotas)


def flexrand(
    scores: ArrayLike,
    class_ids: ArrayLike,
    *,
    keep_ratio: float,
    gamma: float = 0.5,
    seed: int = 0,
    keys: Sequence[str] | None = None,
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

    Returns:
        Sorted positions, int64; empty for a total of 0.

    Raises:
        DLCError: if a value is out of range, shapes do not fit or a score is not finite.

    Reference: arXiv 2402.05356, section 3 (FlexRand). The released code rounds quotas one by one,
    which misses the budget; here they are whole numbers that meet it.

    >>> flexrand([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], keep_ratio=0.5)
    array([1, 3])
    """
    samples = candidates(scores, class_ids, keys)
    return flexrand_positions(samples, keep_ratio=keep_ratio, gamma=gamma, seed=seed)
