"""Two runs of the same data: where they agree on what is hard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.ranking import key_places, ranks
from dlc_core.runs import Run

SHARE = 0.2  # of each class, where one share stands for all


@dataclass(frozen=True)
class Overlap:
    """How far two runs name the same samples as hardest.

    Attributes:
        share: of each class that counts as hardest, in (0, 1].
        agreed: share of those that are hardest in both runs, in [0, 1].
        chance: what `agreed` would be on average if the two orders had nothing to do with each
            other.
    """

    share: float
    agreed: float
    chance: float


@dataclass(frozen=True)
class Comparison:
    """Two runs, sample by sample; n samples have the same path and the same label in both.

    Attributes:
        rows_first, rows_second: (n,) int64 rows of the common samples in each run, in ascending
            row of the first.
        only_first, only_second: how many samples the other run lacks.
        label_differs: how many paths are in both with different labels. They are left out of all
            the rest: a rank within one class says nothing about a rank within another.
        class_rows: (n,) int64 row of each sample's class in `labels`.
        labels: (C,) names of the classes with a common sample, sorted.
        class_rank_first, class_rank_second: (n,) int64, 1 = hardest of the class's common samples.
        percentile_first, percentile_second: (n,) float64 within the class, over the common samples
            only, 100 = hardest, so that the two compare.
        spearman: agreement of the orders within classes, in [-1, 1]: sum over classes of
            n_c rho_c / sum of n_c, over the classes whose rho_c is defined (2 samples and more, not
            all equal in either run); NaN if there is none. rho_c = Pearson's correlation of the
            scores' ranks in class c, equal scores sharing their mean rank.
        class_spearman: (C,) float64 rho_c; NaN where it is not defined.

    Reference: Spearman 1904, as in scipy.stats.spearmanr.
    """

    rows_first: NDArray[np.int64]
    rows_second: NDArray[np.int64]
    only_first: int
    only_second: int
    label_differs: int
    class_rows: NDArray[np.int64]
    labels: list[str]
    class_rank_first: NDArray[np.int64]
    class_rank_second: NDArray[np.int64]
    percentile_first: NDArray[np.float64]
    percentile_second: NDArray[np.float64]
    spearman: float
    class_spearman: NDArray[np.float64]

    def __len__(self) -> int:
        """Return n."""
        return len(self.rows_first)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(C,) common samples of each class."""
        return np.bincount(self.class_rows, minlength=len(self.labels))

    @cached_property
    def disagreement(self) -> NDArray[np.float64]:
        """(n,) percentile in the second run minus that in the first, in [-100, 100]."""
        return self.percentile_second - self.percentile_first

    def strongest(self, count: int) -> NDArray[np.int64]:
        """Return the places (of n) that disagree most, strongest first; ties in row order."""
        return np.argsort(-np.abs(self.disagreement), kind="stable")[:count]

    def overlap(self, share: float = SHARE) -> Overlap:
        """Return how far the runs agree on the hardest share of each class.

        In class c the k_c = max(1, floor(share n_c + 0.5)) hardest count. agreed = sum over
        classes of how many are among them in both runs / sum of k_c; two random orders share
        k_c^2 / n_c on average (the hypergeometric mean), so chance = sum of k_c^2 / n_c / sum k_c.

        Args:
            share: in (0, 1].

        Raises:
            DLCError: if the share is out of range.
        """
        hardest, both = self._hardest(share)
        total = hardest.sum()
        chance = (hardest**2 / self.counts).sum() / total
        return Overlap(share, float(both.sum() / total), float(chance))

    @cached_property
    def per_class(self) -> pd.DataFrame:
        """(C rows) label, n, spearman, and of the hardest 20 %: overlap and chance."""
        hardest, both = self._hardest(SHARE)
        return pd.DataFrame(
            {
                "label": self.labels,
                "n": self.counts,
                "spearman": self.class_spearman,
                "overlap": both / hardest,
                "chance": hardest / self.counts,
            }
        )

    def _hardest(self, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (C,) how many of each class count as hardest, and how many do in both runs."""
        if not 0 < share <= 1:
            raise DLCError(f"share must be in (0, 1], got {share}.")
        hardest = np.maximum(1, np.floor(share * self.counts + 0.5).astype(np.int64))
        last = hardest[self.class_rows]
        inside = (self.class_rank_first <= last) & (self.class_rank_second <= last)
        return hardest, np.bincount(self.class_rows[inside], minlength=len(self.labels))


def compare_runs(first: Run, second: Run) -> Comparison:
    """Compare how hard two runs of the same data find each sample.

    Samples are matched by path. Raw scores of different backbones never compare; ranks within the
    class do.

    Args:
        first, second: runs with scores, of the same data or of parts of it.

    Raises:
        DLCError: if fewer than 2 samples have the same path and label in both.
    """
    one, two = first.samples, second.samples
    rows_second = _rows_of(one["path"], two["path"])  # -1 = not there
    rows_first = np.flatnonzero(rows_second >= 0)
    rows_second = rows_second[rows_first]
    shared = len(rows_first)
    labels_one = one["label"].to_numpy()[rows_first]
    same = labels_one == two["label"].to_numpy()[rows_second]
    if np.count_nonzero(same) < 2:
        raise DLCError(
            f"{first.name} and {second.name} share {counted(shared, 'path')}, "
            f"{np.count_nonzero(same):,} of them with the same label; expected 2 or more: compare "
            "runs of the same data."
        )
    rows_first, rows_second = rows_first[same], rows_second[same]
    class_rows, names = pd.factorize(labels_one[same], sort=True)
    places = key_places(one["path"].to_numpy()[rows_first].tolist())
    scores = [
        run["score"].to_numpy()[rows] for run, rows in ((one, rows_first), (two, rows_second))
    ]
    (_, rank_one, percentile_one), (_, rank_two, percentile_two) = (
        ranks(values, class_rows, places) for values in scores
    )
    per_class = class_correlations(scores[0], scores[1], class_rows)
    known = np.isfinite(per_class)
    weights = np.bincount(class_rows, minlength=len(names))[known]
    return Comparison(
        rows_first=rows_first,
        rows_second=rows_second,
        only_first=len(one) - shared,
        only_second=len(two) - shared,
        label_differs=int(shared - np.count_nonzero(same)),
        class_rows=class_rows,
        labels=[str(name) for name in names],
        class_rank_first=rank_one,
        class_rank_second=rank_two,
        percentile_first=percentile_one,
        percentile_second=percentile_two,
        spearman=float(per_class[known] @ weights / weights.sum()) if known.any() else np.nan,
        class_spearman=per_class,
    )


def class_correlations(
    first: NDArray[np.float64], second: NDArray[np.float64], class_rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return Spearman's correlation of two scores within each class, (C,); NaN if not defined.

    Args:
        first, second: (n,) scores of the same samples.
        class_rows: (n,) class of each, from 0 to C - 1.
    """
    centred = [_mean_ranks(values, class_rows) for values in (first, second)]

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(class_rows, weights=values).astype(np.float64)

    spread = np.sqrt(total(centred[0] ** 2) * total(centred[1] ** 2))
    covariance = total(centred[0] * centred[1])
    found: NDArray[np.float64] = np.full(len(spread), np.nan)
    np.divide(covariance, spread, out=found, where=spread > 0)
    return found.clip(-1.0, 1.0)


def _mean_ranks(values: NDArray[np.float64], class_rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each value's rank within its class minus the class's mean; ties share theirs."""
    found = pd.Series(values).groupby(class_rows).rank(method="average")
    return np.asarray(found, dtype=np.float64) - (np.bincount(class_rows)[class_rows] + 1) / 2


def _rows_of(paths: pd.Series, others: pd.Series) -> NDArray[np.int64]:
    """Return for each path its row among the others, or -1; (N,)."""
    index = pd.Index(others)
    if not (index.is_unique and paths.is_unique):
        raise DLCError("a run has the same path twice, so its samples cannot be matched by path.")
    return np.asarray(index.get_indexer(pd.Index(paths)), dtype=np.int64)
