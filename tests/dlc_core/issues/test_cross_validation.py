from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from dlc_core.issues import cross_validation as module
from dlc_core.issues.classifiers import Linear, fit_logistic
from dlc_core.issues.cross_validation import held_out
from dlc_core.issues.folds import FOLDS, folds_of

Data = tuple[NDArray[np.float32], NDArray[np.int64]]


def blobs(n: int, classes: int, distance: float, seed: int = 0) -> Data:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    centres = distance * rng.normal(size=(classes, 6))
    values = centres[labels] + rng.normal(size=(n, 6))
    return values.astype(np.float32), labels.astype(np.int64)


def only(monkeypatch: pytest.MonkeyPatch, name: str, strength: float) -> None:
    monkeypatch.setattr(module, name, (strength,))
    monkeypatch.setattr(module, "_REPEATS", 1)


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression_that_did_not_see_the_sample(
    classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, "REGULARISATION", 0.05)
    values, labels = blobs(61, classes, 0.7)
    found = held_out(values, labels, seed=3)
    folds = folds_of(labels, np.random.default_rng(3))
    scaled = values / np.sqrt(values.var(axis=0).mean())
    for fold in range(FOLDS):
        model = LogisticRegression(C=0.05, max_iter=1000)
        model.fit(scaled[folds != fold], labels[folds != fold])
        for row in np.flatnonzero(folds == fold):
            expected = model.predict_proba(scaled[[row]])[0]
            order = np.argsort(-expected)
            assert found.own[row] == pytest.approx(expected[labels[row]], abs=2e-3)
            assert found.first_probability[row] == pytest.approx(expected[order[0]], abs=2e-3)
            if expected[order[0]] - expected[order[1]] > 0.01:
                assert (found.first[row], found.second[row]) == (order[0], order[1])


def test_with_many_classes_gaussians_around_centroids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CLASSES", 3)
    only(monkeypatch, "SHARPNESS", 0.5)
    values, labels = blobs(83, 5, 0.7)
    found = held_out(values, labels, seed=3)
    folds = folds_of(labels, np.random.default_rng(3))
    scaled = values.astype(np.float64) / np.sqrt(values.var(axis=0).mean())
    for row in range(83):
        others = np.flatnonzero(folds != folds[row])
        centroids = [scaled[others][labels[others] == c].mean(axis=0) for c in range(5)]
        spread = np.mean([(scaled[i] - centroids[labels[i]]) ** 2 for i in others])
        density = [
            (labels[others] == c).sum()
            * np.exp(-0.5 * ((scaled[row] - centroids[c]) ** 2).sum() / (2 * spread))
            for c in range(5)
        ]
        assert found.own[row] == pytest.approx(density[labels[row]] / sum(density), abs=1e-4)
        assert found.first[row] == int(np.argmax(density))


def test_planted_errors_are_found_and_the_seed_fixes_the_result() -> None:
    values, labels = blobs(200, 4, 3.0)
    given = labels.copy()
    given[:10] = (labels[:10] + 1) % 4
    found, again = held_out(values, given, seed=1), held_out(values, given, seed=1)
    np.testing.assert_array_equal(found.own, again.own)
    assert found.issue[:10].mean() >= 0.7
    assert found.issue[10:].mean() < 0.02
    assert (found.first[:10] == labels[:10]).all()
    assert found.own[:10].max() < found.own[10:].min()


def test_small_parts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values, labels = blobs(90, 3, 0.8)
    whole = held_out(values, labels)
    monkeypatch.setattr(module, "_CELLS", 21)  # seven samples at a time
    parts = held_out(values, labels)
    np.testing.assert_allclose(whole.own, parts.own, rtol=1e-5)
    np.testing.assert_array_equal(whole.issue, parts.issue)


def test_many_samples_are_fitted_on_a_part_and_validated_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LARGEST_FIT", 60)
    monkeypatch.setattr(module, "_LARGEST_REPEATED", 100)
    fitted: list[int] = []

    def counted(values: NDArray[np.float32], labels: NDArray[np.int64], strength: float) -> Linear:
        fitted.append(len(values))
        return fit_logistic(values, labels, strength)

    monkeypatch.setattr(module, "fit_logistic", counted)
    values, labels = blobs(300, 3, 3.0)
    found = held_out(values, labels)
    assert set(fitted) == {60}
    assert (found.first == labels).mean() > 0.95


def test_a_class_of_one_is_not_judged() -> None:
    values, labels = blobs(40, 2, 3.0)
    labels = np.append(labels[:-1], 7)
    found = held_out(values, labels)
    assert found.judged.tolist() == [True] * 39 + [False]
    assert np.isnan(found.own[-1])
    assert np.isnan(found.first_probability[-1])
    assert (found.first[-1], found.second[-1], found.issue[-1]) == (7, 7, False)
    assert np.isfinite(found.own[:-1]).all()


@pytest.mark.parametrize(
    "labels", [[0, 1], [0, 1, 1], [0, 0, 1, 1], [4, 9, 9, 9, 4, 2], [0] * 9, list(range(12)) * 2]
)
def test_few_samples_are_no_trouble(labels: list[int]) -> None:
    given = np.array(labels)
    values = np.random.default_rng(0).normal(size=(len(given), 3)).astype(np.float32)
    for features in (values, np.ones_like(values)):
        found = held_out(features, given)
        assert np.isfinite(found.own[found.judged]).all() or len(set(labels)) == 1
        assert set(found.first.tolist()) <= set(labels)


def test_progress_never_exceeds_its_total() -> None:
    told: list[tuple[int, int, str]] = []
    held_out(*blobs(60, 3, 1.0), told=lambda *step: told.append(step))
    assert told[-1][2] == "label errors, fold 5 of 5"
    assert all(0 < done <= total for done, total, _ in told)


def test_what_belongs_together_never_teaches_about_itself() -> None:
    """Groups of near copies with labels at random: only a classifier that saw them knows them."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 5)
    labels = rng.integers(0, 3, 60)[groups]
    values = (rng.normal(size=(60, 20))[groups] + 0.01 * rng.normal(size=(300, 20))).astype("f4")
    alone = held_out(values, labels, seed=0)
    together = held_out(values, labels, groups=groups, seed=0)
    assert together.judged.all()
    assert (alone.first == labels).mean() > 0.6  # it knows the copies
    assert (together.first == labels).mean() < 0.5  # chance is a third
    none = held_out(values, groups.astype(np.int64), groups=groups, seed=0)
    assert not none.judged.any()
    assert not none.issue.any()
    one = np.where(groups == 7, 3, labels)  # a class of one group
    found = held_out(values, one, groups=groups, seed=0)
    assert found.judged.tolist() == (one != 3).tolist()
    assert np.isnan(found.own[one == 3]).all()
