"""What a classifier that did not see a sample says of it: cross-validation on reduced features."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.issues.classifiers import (
    REGULARISATION,
    SHARPNESS,
    Fit,
    Linear,
    fit_centroids,
    fit_logistic,
)
from dlc_core.issues.folds import FOLDS, folds_of, some_of_each

LARGEST_FIT = 20_000  # samples that a fold's classifier is fitted on
MOST_CLASSES = 100  # that logistic regression is fitted for; above, centroids are
_REPEATS = 3  # cross-validations that are averaged; they steady small data sets
_LARGEST_REPEATED = 5_000  # samples
_CELLS = 1 << 23  # probabilities held at a time

Told = Callable[[int, int, str], None]


@dataclass(frozen=True)
class HeldOut:
    """Out-of-sample probabilities; each sample was in no classifier that judged it.

    Attributes:
        judged: (N,) bool, False in a class of one, which nobody else teaches, and for all samples
            if there is one class or the features are all the same.
        own: (N,) float32 probability of the given class; NaN where not judged.
        first, second: (N,) int32 most probable and second class; the given class if not judged.
        first_probability, second_probability: (N,) float32; NaN where not judged.
        issue: (N,) bool, whether cleanlab counts the sample among the label errors.
    """

    judged: NDArray[np.bool_]
    own: NDArray[np.float32]
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    first_probability: NDArray[np.float32]
    second_probability: NDArray[np.float32]
    issue: NDArray[np.bool_]


def held_out(
    values: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    *,
    groups: NDArray[np.int64] | None = None,
    seed: int = 0,
    told: Told = lambda _done, _total, _detail: None,
) -> HeldOut:
    """Judge every sample by classifiers of five stratified folds that did not see it.

    Up to 100 classes it is a logistic regression, above that a Gaussian around each class's
    centroid with one variance for all. One number (its regularisation; the sharpness of the
    Gaussians) is the one with the smallest held-out loss. All features are divided by the same
    number: dividing each component by its own spread makes noise of the last as loud as the first.
    Above 20,000 samples each fold is fitted on a random part that holds every class. Up to 5,000,
    three cross-validations are averaged.

    Args:
        values: (N, d) reduced features.
        class_ids: (N,) given classes.
        groups: (N,) from 0 to G - 1, of what belongs together (a patient): a sample is judged by
            classifiers that saw nothing of its group.
        seed: of the folds.
        told: called with (steps done, steps, what is done).

    Reference: label issues by confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70) as
    cleanlab counts them batch by batch; it ranks by the probability of the given class.
    """
    present, labels = np.unique(class_ids, return_inverse=True)
    spread = float(np.sqrt(np.mean(np.var(values, axis=0))))
    count, classes = len(labels), len(present)
    judged = (np.bincount(labels)[labels] > 1) & (classes > 1) & (spread > 0)
    blank = np.full(count, np.nan, dtype=np.float32)
    given = present[labels].astype(np.int32)
    found = HeldOut(
        judged, blank, given, given.copy(), blank.copy(), blank.copy(), np.zeros(count, np.bool_)
    )
    if not judged.any():
        return found
    import sklearn.linear_model  # noqa: F401 - only what is loaded already can be limited
    from threadpoolctl import threadpool_limits

    # Small matrices: threads that wait for each other cost more than they bring.
    with threadpool_limits(limits=1):
        validation = _Validation(
            values / np.float32(spread), labels, groups=groups, seed=seed, told=told
        )
    judged &= validation.judged
    if not judged.any():  # each class is of one group alone
        return found
    rows = np.flatnonzero(judged)
    inspector = _inspector(classes)
    for part in _parts(rows, classes):
        probabilities = validation.probabilities(part)
        inspector.update_confident_thresholds(labels[part], probabilities)
        found.own[part] = probabilities[np.arange(len(part)), labels[part]]
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
        top = np.take_along_axis(probabilities, best, 1)
        found.first[part], found.second[part] = present[best[:, 0]], present[best[:, 1]]
        found.first_probability[part], found.second_probability[part] = top[:, 0], top[:, 1]
    for part in _parts(rows, classes):
        inspector.score_label_quality(labels[part], validation.probabilities(part))
    found.issue[rows[np.asarray(inspector.get_label_issues(), dtype=np.int64)]] = True
    return found


def _inspector(classes: int):  # type: ignore[no-untyped-def]  # cleanlab has no types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cleanlab.experimental.label_issues_batched import LabelInspector

        return LabelInspector(
            num_class=classes,
            n_jobs=1,
            verbose=False,
            quality_score_kwargs={"method": "self_confidence"},
        )


def _parts(rows: NDArray[np.int64], classes: int) -> Iterator[NDArray[np.int64]]:
    size = max(1, _CELLS // classes)
    return (rows[start : start + size] for start in range(0, len(rows), size))


class _Validation:
    """The fitted classifiers of all folds, asked for any rows."""

    def __init__(
        self,
        values: NDArray[np.float32],
        labels: NDArray[np.int64],
        *,
        groups: NDArray[np.int64] | None,
        seed: int,
        told: Told,
    ) -> None:
        self._values, self._labels, self._told = values, labels, told
        self._generator = np.random.default_rng(seed)
        many = int(labels.max()) + 1 > MOST_CLASSES
        self._fit: Fit = fit_centroids if many else fit_logistic
        grid = SHARPNESS if many else REGULARISATION
        repeats = _REPEATS if len(labels) <= _LARGEST_REPEATED else 1
        self._steps, self._done = repeats * FOLDS + 3 * self._folds_searched(), 0
        folds = folds_of(labels, self._generator, groups)
        strength = self._search(grid, folds)
        self._rounds = []
        for number in range(repeats):
            folds = folds if number == 0 else folds_of(labels, self._generator, groups)
            self._rounds.append((folds, self._models(folds, strength, range(FOLDS))))
        judged = [folds >= 0 for folds, _ in self._rounds]
        self._times: NDArray[np.int64] = np.sum(judged, axis=0, dtype=np.int64)

    @property
    def judged(self) -> NDArray[np.bool_]:
        """(N,) whether some classifier did not see the sample."""
        return self._times > 0

    def probabilities(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return (n, K) probabilities of the rows from classifiers that did not see them."""
        mean = np.zeros((len(rows), int(self._labels.max()) + 1))
        for folds, models in self._rounds:
            self._add(mean, rows, folds, models)
        return mean / self._times[rows][:, None]

    def _add(
        self,
        total: NDArray[np.float64],
        rows: NDArray[np.int64],
        folds: NDArray[np.int8],
        models: dict[int, Linear],
    ) -> None:
        for fold, model in models.items():
            inside = np.flatnonzero(folds[rows] == fold)
            total[inside] += model(self._values[rows[inside]])

    def _models(self, folds: NDArray[np.int8], strength: float, wanted: range) -> dict[int, Linear]:
        models = {}
        for fold in wanted:
            others = np.flatnonzero(folds != fold)
            used = some_of_each(self._labels, others, LARGEST_FIT, self._generator)
            models[fold] = self._fit(self._values[used], self._labels[used], strength)
            self._done += 1
            detail = f"label errors, fold {fold + 1} of {FOLDS}"
            self._told(min(self._done, self._steps), self._steps, detail)
        return models

    def _folds_searched(self) -> int:
        return FOLDS if len(self._labels) <= _LARGEST_REPEATED else 1

    def _search(self, grid: tuple[float, ...], folds: NDArray[np.int8]) -> float:
        """Return the grid's value of the least held-out loss, walking downhill from its middle."""
        wanted = range(self._folds_searched())
        judged = np.flatnonzero((folds >= 0) & (folds < len(wanted)))
        judged = some_of_each(self._labels, judged, LARGEST_FIT, self._generator)
        losses: dict[int, float] = {}

        def loss(place: int) -> float:
            if not 0 <= place < len(grid):
                return float("inf")
            if place not in losses:
                models = self._models(folds, grid[place], wanted)
                losses[place] = self._loss(judged, folds, models)
            return losses[place]

        place = len(grid) // 2
        for step in (1, -1):
            while loss(place + step) < loss(place):
                place += step
        return grid[place]

    def _loss(
        self, rows: NDArray[np.int64], folds: NDArray[np.int8], models: dict[int, Linear]
    ) -> float:
        total = 0.0
        for part in _parts(rows, int(self._labels.max()) + 1):
            found = np.zeros((len(part), int(self._labels.max()) + 1))
            self._add(found, part, folds, models)
            own = found[np.arange(len(part)), self._labels[part]]
            total -= float(np.log(np.maximum(own, 1e-12)).sum())
        return total / max(1, len(rows))
