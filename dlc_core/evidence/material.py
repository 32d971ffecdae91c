"""What evidence is measured on: features, labels, scores, and which samples are held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.evidence.split import held_out_part
from dlc_core.probe import left_out_margins, reduction
from dlc_core.scores import PROBE
from dlc_core.selection.draw import Keys
from dlc_core.selection.pool import Candidates, candidates


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
        names = tuple(whole.named.names[i] for i in train.tolist())
        groups = whole.groups
        away = held_out_part(
            whole.rows[train],
            Keys(names, np.argsort(np.argsort(whole.named.places[train]))),
            share=share,
            seed=seed,
            groups=None if groups is None else [groups[i] for i in train.tolist()],
        )
        here, there = np.flatnonzero(~away), np.flatnonzero(away)
        return Part(
            whole, train[here], self.features[here], there, self.features[there],
            self.targets[there],
        )  # fmt: skip
