"""The registry of measures: name -> how far a subset is from the whole."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.similarity.reference import Whole, mean_kernel, whole_of

# (whole, kept (N,) bool) -> the value; nan where it is not defined
Of = Callable[[Whole, NDArray[np.bool_]], float]

_ALONE = threading.Lock()  # see `measured`


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        title: for people.
        description: one honest sentence on what it means.
        of: the function.
        lower_is_closer: whether a lower value is more like the whole.
        neighbours: whether it needs the stored neighbours.
    """

    title: str
    description: str
    of: Of
    lower_is_closer: bool = True
    neighbours: bool = False


def mean_gap(whole: Whole, kept: NDArray[np.bool_]) -> float:
    """Return ||m_kept - m|| / sqrt(mean ||x_i - m||^2), >= 0; 0 if all samples are equal.

    The second is the root-mean-square distance of all samples from their mean m.
    """
    gap = float(np.linalg.norm(whole.mean_of(kept) - whole.mean))
    if len(whole) < 2 or not gap > 0:
        return gap
    around = float(np.trace(whole.moments.covariance)) * (len(whole) - 1) / len(whole)
    return gap / math.sqrt(around) if around > 0 else 0.0


def frechet(whole: Whole, kept: NDArray[np.bool_]) -> float:
    """Return ||m1 - m2||^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), >= 0, in squared units.

    m, S are the mean and the covariance (n - 1) of all and of the kept; nan below 2 kept. The
    trace of the root is the sum of the roots of the eigenvalues of S1^(1/2) S2 S1^(1/2), which is
    symmetric and has the eigenvalues of S1 S2.

    Reference: Dowson and Landau 1982; on features of a network Heusel et al. 2017 (FID).
    """
    if np.count_nonzero(kept) < 2:
        return math.nan
    one, other, root = whole.moments, whole.moments_of(kept), whole.root_covariance
    product = root @ other.covariance @ root
    eigenvalues = np.linalg.eigvalsh((product + product.T) / 2)
    shared = float(np.sqrt(np.maximum(eigenvalues, 0)).sum())
    traces = float(np.trace(one.covariance) + np.trace(other.covariance))
    return max(0.0, float(((one.mean - other.mean) ** 2).sum()) + traces - 2 * shared)


def mmd(whole: Whole, kept: NDArray[np.bool_]) -> float:
    """Return sqrt(mean k(x, x') + mean k(y, y') - 2 mean k(x, y)), in [0, sqrt(2)]; nan for none.

    k(x, y) = exp(-||x - y||^2 / (2 s^2)), with s the median distance between two of a random 1,000
    of all. x runs over at most 2,000 of the kept, y over at most 2,000 of all: the first ones in
    one random order of all with seed 0 (by row), so x and y share samples, as the kept and all do.
    It is the biased V-statistic, x' = x included: above 0 even for a random subset.

    Reference: Gretton et al. 2012, JMLR 13, equation 5.
    """
    if not kept.any():
        return math.nan
    part = whole.part_of(kept)
    own, both = mean_kernel(part, part), mean_kernel(part, whole.part)
    return math.sqrt(max(0.0, own + whole.part_kernel - 2 * both))


def coverage(whole: Whole, kept: NDArray[np.bool_]) -> float:
    """Return the share of all samples that are kept or have a kept one among their k neighbours."""
    assert whole.neighbours is not None
    left = np.flatnonzero(~kept)
    for column in range(whole.neighbours.shape[1]):  # most are found after few
        left = left[~kept[whole.neighbours[left, column]]]
    return 1 - len(left) / len(kept) if len(kept) else math.nan


def class_balance(whole: Whole, kept: NDArray[np.bool_]) -> float:
    """Return sum_c |share of c in the kept - share of c in all| / 2, in [0, 1); nan for none."""
    counts = np.bincount(whole.rows[kept], minlength=whole.classes)
    if not counts.any():
        return math.nan
    return float(np.abs(counts / counts.sum() - whole.counts / len(whole)).sum()) / 2


# In the order in which a page shows them.
MEASURES: dict[str, Measure] = {
    "mean_gap": Measure(
        "Mean gap",
        "How far the mean of the kept lies from the mean of all, as a share of the typical "
        "distance of a sample from that mean; it does not see a subset that is too narrow.",
        mean_gap,
    ),
    "frechet": Measure(
        "Fréchet distance",
        "How far mean and spread together differ, as if both were Gaussian; its unit depends on "
        "the backbone and small subsets have larger values, so compare it with random only.",
        frechet,
    ),
    "mmd": Measure(
        "Maximum mean discrepancy",
        "How well a Gaussian kernel tells the kept from all, on at most 2,000 of each; it is above "
        "0 for random subsets too, so compare it with random only.",
        mmd,
    ),
    "coverage": Measure(
        "Neighbourhood coverage",
        "The share of all samples that are kept or have a kept one among their stored nearest "
        "neighbours; more is not better where copies and outliers need no cover.",
        coverage,
        lower_is_closer=False,
        neighbours=True,
    ),
    "class_balance": Measure(
        "Class shift",
        "The share of the kept that would have to change class for the classes' shares to be those "
        "of all; random inside each class has almost none by design.",
        class_balance,
    ),
}


def measured(name: str, whole: Whole, kept: NDArray[np.bool_]) -> float | None:
    """Return one measure of a subset; None if it needs neighbours and there are none.

    Args:
        name: in MEASURES.
        whole: all samples.
        kept: (N,) which are kept.

    Raises:
        DLCError: if there is no such measure or `kept` does not fit.
    """
    if name not in MEASURES:
        raise DLCError(f"unknown measure {name!r}; expected one of {', '.join(MEASURES)}.")
    if kept.shape != (len(whole),) or kept.dtype != np.bool_:
        raise DLCError(
            f"kept must be {counted(len(whole), 'boolean')}, got {kept.dtype} of {kept.shape}."
        )
    measure = MEASURES[name]
    if measure.neighbours and whole.neighbours is None:
        return None
    from threadpoolctl import threadpool_limits

    # Small matrices: threads that wait for each other cost more than they bring. The limit is the
    # process's; of two that overlap, the second would put back the first's 1 as if it were its own.
    with _ALONE, threadpool_limits(limits=1):
        return measure.of(whole, kept)


def measures(
    components: NDArray[np.float32],
    class_ids: ArrayLike,
    neighbours: NDArray[np.int32] | None,
    kept: NDArray[np.bool_],
) -> dict[str, float | None]:
    """Return every measure of a subset by name; `coverage` is None without neighbours.

    Args:
        components: (N, d) finite float32.
        class_ids: (N,) any whole numbers.
        neighbours: (N, k) rows of each sample's nearest others, or None.
        kept: (N,) which samples are kept.

    Raises:
        DLCError: if shapes do not fit.

    >>> line = np.arange(4, dtype=np.float32)[:, None]
    >>> found = measures(line, [0, 0, 1, 1], None, np.array([True, False, False, True]))
    >>> found["mean_gap"], found["coverage"], found["class_balance"]
    (0.0, None, 0.0)
    """
    whole = whole_of(components, class_ids, neighbours)
    return {name: measured(name, whole, kept) for name in MEASURES}
