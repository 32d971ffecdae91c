"""gamma = auto: what does best on parts held out of the training part, or plain random."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.evidence.arms import RANDOM, Arm
from dlc_core.evidence.learner import Learner, probe_learner
from dlc_core.evidence.material import Part
from dlc_core.selection.candidates import check_keep_ratio

ROUNDS = 6  # inner splits
SHARE = 0.25  # of the training part that each holds out
CAUTION = 2.0  # standard errors that an arm must be above random before it is preferred
_FIRST = 2  # rounds after which arms that are clearly behind are given up
_BEHIND = 2.5  # standard errors

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Tried:
    """One arm on the inner splits.

    Attributes:
        arm: it.
        gap: its mean accuracy less that of random, as a share.
        error: standard error of the gap, over rounds and samples.
        rounds: inner splits that it was tried on; fewer where it was clearly behind.
    """

    arm: Arm
    gap: float
    error: float
    rounds: int

    @property
    def cautious(self) -> float:
        """What the choice goes by: the gap less CAUTION standard errors."""
        return self.gap - CAUTION * self.error


@dataclass(frozen=True)
class Choice:
    """What was chosen, and all that was tried.

    Attributes:
        arm: the chosen one; random where no other is clearly better.
        tried: the others, in the order asked for; () where no split left samples enough.
        fits: how many learners were trained for it.
        seconds: how long it took.
    """

    arm: Arm
    tried: tuple[Tried, ...]
    fits: int
    seconds: float


def choose(
    part: Part,
    arms: tuple[Arm, ...],
    *,
    keep_ratio: float,
    seed: int,
    learner: Learner = probe_learner,
    told: Told = lambda _done, _total: None,
) -> Choice:
    """Choose an arm by the training part alone.

    Each round holds out a quarter of the training part, stratified, selects from the rest with
    random and every arm, learns and compares. The arm with the highest gap to random less two
    standard errors is chosen if that is above 0, else random: so plain random stands where no arm
    is clearly better. Arms that are 2.5 standard errors behind the best after two rounds are given
    up.

    Args:
        part: only its training samples are looked at.
        arms: fixed ones.
        keep_ratio: share of the whole run that is kept, in (0, 1]. Where an inner split leaves
            fewer samples than that, nothing is tried on it: of none, random stands.
        seed: of splits and draws.
        learner: what learns.
        told: called with (rounds done, rounds).

    Raises:
        DLCError: if keep_ratio is out of range.
    """
    check_keep_ratio(keep_ratio)
    began = time.monotonic()
    differences: dict[Arm, list[NDArray[np.float64]]] = {arm: [] for arm in arms}
    left, fits = list(arms), 0
    for number in range(ROUNDS if arms else 0):
        told(number, ROUNDS)
        inner = part.inner(seed * ROUNDS + number, share=SHARE)
        if not len(inner.held) or part.whole.budget(keep_ratio) > inner.eligible:
            break
        draw = seed * ROUNDS + number

        def right(arm: Arm, inner: Part = inner, draw: int = draw) -> NDArray[np.float64]:
            kept = arm.positions(inner, keep_ratio=keep_ratio, seed=draw)
            if not len(kept):
                return np.zeros(len(inner.held))
            said = learner(inner, kept, seed=draw)
            return np.asarray(said == inner.held_targets, dtype=np.float64)

        plain = right(RANDOM)
        for arm in left:
            row = np.full(len(part.train), np.nan)
            row[inner.held] = right(arm) - plain
            differences[arm].append(row)
        fits += 1 + len(left)
        if number + 1 == _FIRST:
            left = _near_the_best(left, differences)
    told(ROUNDS, ROUNDS)
    tried = tuple(
        Tried(arm, *_gap(rounds), len(rounds)) for arm, rounds in differences.items() if rounds
    )
    best = max(tried, key=lambda one: one.cautious, default=None)
    chosen = best.arm if best is not None and best.cautious > 0 else RANDOM
    return Choice(chosen, tried, fits, time.monotonic() - began)


def _near_the_best(arms: list[Arm], differences: dict[Arm, list[NDArray[np.float64]]]) -> list[Arm]:
    best = max(arms, key=lambda arm: _gap(differences[arm])[0])
    kept = []
    for arm in arms:
        between = [a - b for a, b in zip(differences[arm], differences[best], strict=True)]
        gap, error = _gap(between)
        if gap >= -_BEHIND * error:
            kept.append(arm)
    return kept


def _gap(rounds: list[NDArray[np.float64]]) -> tuple[float, float]:
    """Return the mean difference and its standard error, over rounds and samples added up."""
    if not rounds:
        return 0.0, float("inf")
    values = np.stack(rounds)  # (R, n), NaN where not held out
    there = np.isfinite(values)
    counts = there.sum(axis=0)
    used = counts > 0
    by_sample = np.nansum(values[:, used], axis=0)
    total = counts.sum()
    mean = float(by_sample.sum() / total)
    # Of a ratio: the residual of each sample's sum from what its count would give.
    of_samples = float(np.square(by_sample - mean * counts[used]).sum()) / total**2
    by_round = np.nansum(values, axis=1) / np.maximum(there.sum(axis=1), 1)
    of_rounds = float(by_round.var(ddof=1)) / len(rounds) if len(rounds) > 1 else 0.0
    return mean, float(np.sqrt(max(of_samples, of_rounds)))
