"""What evidence is measured on: features, labels, scores, and which samples are held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.apportion import budget
from dlc_core.errors import DLCError
from dlc_core.evidence.split import held_out_part
from dlc_core.features.linear_probe import left_out_margins, reduction
from dlc_core.plurals import counted
from dlc_core.scores import PROBE
from dlc_core.selection.candidates import Candidates, candidates, check_keep_ratio
from dlc_core.selection.draw import Keys


@dataclass(frozen=True, eq=False)
class Material:
    """N samples of a run, ready to be split, selected from and learned.

    Attributes:
        features: (N, D) of the unmasked backbone; may be mapped from a file.
        rows: (N,) the class that selection works in, in [0, C).
        targets: (N,) the class that is learned: relabelled where somebody has done so.
        classes: C.
        named: the samples' names.
        scores: name -> (N,) scores, higher = harder.
        pinned: (N,) always kept.
        excluded: (N,) never learned from; they may be held out, as everything that comes may.
        groups: names of what must not be on both sides, or None.
        held: features (M, D) and classes (M,) of a held-out set of its own, or None: then each
            seed holds out a part of the N.
        share: of each class that a seed holds out.
        group_column: the column of the data that `groups` are from, or None.
    """

    features: NDArray[Any]
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    classes: int
    named: Keys
    scores: Mapping[str, NDArray[np.float64]]
    pinned: NDArray[np.bool_]
    excluded: NDArray[np.bool_]
    groups: tuple[str, ...] | None = None
    held: tuple[NDArray[Any], NDArray[np.int64]] | None = None
    share: float = 0.3
    group_column: str | None = None

    @property
    def judged(self) -> int:
        """How many samples can be held out in all: the length of a cell's `correct`."""
        return len(self.rows) if self.held is None else len(self.held[1])

    @property
    def eligible(self) -> int:
        """How many samples are not excluded: the N that every keep_ratio is a share of."""
        return int(np.count_nonzero(~self.excluded))

    def budget(self, keep_ratio: float) -> int:
        """Return floor(keep_ratio N + 0.5), as many samples as `dlc prune` keeps of the run.

        That many are chosen in outer and inner splits alike, however few a split leaves.
        """
        return budget(keep_ratio, self.eligible)

    def part(self, seed: int) -> Part:
        """Return the split of a seed; with a held-out set of its own it is always the same."""
        if self.held is not None:
            return self._fixed
        held = self.held_places(seed)
        train = np.setdiff1d(np.arange(len(self.rows)), held, assume_unique=True)
        reduce = reduction(self.features, train)
        return Part(
            self, train, reduce(self.features[train]), held,
            reduce(self.features[held]), self.targets[held],
        )  # fmt: skip

    def everything(self) -> Part:
        """Return all samples as a training part, with nothing held out: to choose by, not judge."""
        train = np.arange(len(self.rows))
        features = reduction(self.features, train)(self.features)
        nothing = np.empty(0, dtype=np.int64)
        return Part(self, train, features, nothing, features[:0], self.targets[:0])

    def held_places(self, seed: int) -> NDArray[np.int64]:
        """Return which samples a seed holds out, ascending."""
        if self.held is not None:
            return np.arange(self.judged)
        away = held_out_part(self.rows, self.named, share=self.share, seed=seed, groups=self.groups)
        return np.flatnonzero(away)

    def held_inside(
        self, train: NDArray[np.int64], seed: int, *, share: float
    ) -> NDArray[np.bool_]:
        """Return which samples of a training part a split inside it holds out, (n,).

        Args:
            train: (n,) positions of the training part.
            seed: of the split.
            share: of each class that is held out.
        """
        names = tuple(self.named.names[i] for i in train.tolist())
        return held_out_part(
            self.rows[train],
            Keys(names, np.argsort(np.argsort(self.named.places[train]))),
            share=share,
            seed=seed,
            groups=None if self.groups is None else [self.groups[i] for i in train.tolist()],
        )

    def unjudged(self, seeds: int) -> list[int]:
        """Return the classes that are learned but that none of the seeds holds out, ascending."""
        if self.held is not None:
            judged = set(self.held[1].tolist())
        else:
            judged = set()
            for seed in range(seeds):
                judged |= set(self.targets[self.held_places(seed)].tolist())
        return sorted(set(self.targets.tolist()) - judged)

    @cached_property
    def _fixed(self) -> Part:
        assert self.held is not None
        features, targets = self.held
        train = np.arange(len(self.rows))
        reduce = reduction(self.features, train)
        return Part(
            self, train, reduce(self.features), np.arange(len(targets)), reduce(features), targets
        )


@dataclass(frozen=True, eq=False)
class Part:
    """One split: a training part to select from, and a held-out part to judge by.

    Attributes:
        whole: that it is of.
        train: (n,) positions in the whole.
        features: (n, d) their principal components, fitted on them.
        held: (m,) places in a cell's `correct`.
        held_features: (m, d).
        held_targets: (m,) their classes.
    """

    whole: Material
    train: NDArray[np.int64]
    features: NDArray[np.float32]
    held: NDArray[np.int64]
    held_features: NDArray[np.float32]
    held_targets: NDArray[np.int64]
    _pools: dict[str, Candidates] = field(default_factory=dict)

    @cached_property
    def targets(self) -> NDArray[np.int64]:
        """(n,) the class that is learned of each."""
        return self.whole.targets[self.train]

    @cached_property
    def eligible(self) -> int:
        """How many of its training samples are not excluded."""
        return int(np.count_nonzero(~self.whole.excluded[self.train]))

    def share_of(self, keep_ratio: float) -> float:
        """Return the share of this training part that is as many samples as `Material.budget`.

        Args:
            keep_ratio: share of the whole run, in (0, 1]; 1 is all that the part has.

        Raises:
            DLCError: if the part has fewer samples than that, or keep_ratio is out of range.
        """
        check_keep_ratio(keep_ratio)
        if keep_ratio == 1 or not self.eligible:
            return keep_ratio
        wanted = self.whole.budget(keep_ratio)
        if wanted > self.eligible:
            raise DLCError(
                f"{100 * keep_ratio:g} % kept means {counted(wanted, 'sample')}, but this split "
                f"leaves {self.eligible:,}; expected a smaller keep_ratio."
            )
        return max(wanted, 0.25) / self.eligible  # a quarter of a sample is rounded to none

    def pool(self, score: str) -> Candidates:
        """Return the training part, ordered by a score, for a strategy to choose from.

        It holds nothing of the held-out part's labels or features.
        """
        if score not in self._pools:
            whole, train = self.whole, self.train
            rows = whole.rows[train]
            self._pools[score] = candidates(
                left_out_margins(self.features, rows, whole.classes)
                if score == PROBE
                else whole.scores[score][train],
                rows,
                [whole.named.names[i] for i in train.tolist()],
                pinned=whole.pinned[train],
                excluded=whole.excluded[train],
                load_features=lambda: self.features,
            )
        return self._pools[score]

    def inner(self, seed: int, *, share: float) -> Part:
        """Return a split of the training part alone, to choose by; its features are this part's."""
        whole, train = self.whole, self.train
        away = whole.held_inside(train, seed, share=share)
        here, there = np.flatnonzero(~away), np.flatnonzero(away)
        return Part(
            whole, train[here], self.features[here], there, self.features[there],
            self.targets[there],
        )  # fmt: skip
