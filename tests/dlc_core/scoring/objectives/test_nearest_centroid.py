from __future__ import annotations

import math

import numpy as np
import pytest

import dlc_core as dlc
from dlc_core.scoring.objectives.centroids import class_centroids, class_rows


def literal_losses(features: np.ndarray, centroids: np.ndarray, rows: list[int]) -> list[float]:
    losses = []
    for z, y in zip(features, rows, strict=True):
        logits = [
            1
            / max(
                math.sqrt(sum((float(a) - float(b)) ** 2 for a, b in zip(z, mu, strict=True))), 1e-6
            )
            for mu in centroids
        ]
        highest = max(logits)
        losses.append(
            highest + math.log(sum(math.exp(value - highest) for value in logits)) - logits[y]
        )
    return losses


@pytest.mark.parametrize("n", [1, 7, 60])
@pytest.mark.parametrize("c", [2, 5])
@pytest.mark.parametrize("d", [1, 3, 40])
def test_losses_are_the_literal_ones(n: int, c: int, d: int) -> None:
    rng = np.random.default_rng(n + 10 * c + 100 * d)
    features = rng.normal(5, 2, (n, d)).astype(np.float32)
    centroids = rng.normal(5, 2, (c, d))
    rows = rng.integers(0, c, n)
    losses = dlc.learning_complexity(features, centroids, rows)
    assert losses.dtype == np.float64
    np.testing.assert_allclose(
        losses, literal_losses(features, centroids, rows.tolist()), rtol=1e-9, atol=1e-9
    )


def test_a_sample_on_a_centroid_is_clamped_and_far_features_do_not_cancel() -> None:
    centroids = np.array([[1e4, 1e4], [1e4 + 1e-3, 1e4]])
    features = np.array([[1e4, 1e4], [1e4 + 1e-3, 1e4], [1e4 + 4e-4, 1e4]])
    expected = literal_losses(features, centroids, [0, 0, 1])
    np.testing.assert_allclose(
        dlc.learning_complexity(features, centroids, [0, 0, 1]), expected, rtol=1e-6
    )


def test_any_integers_name_classes_in_ascending_order() -> None:
    rng = np.random.default_rng(0)
    features, centroids = rng.normal(size=(30, 4)), rng.normal(size=(3, 4))
    rows = np.arange(30) % 3
    names = np.array([-7, 12, 900])[rows]
    np.testing.assert_array_equal(
        dlc.learning_complexity(features, centroids, names),
        dlc.learning_complexity(features, centroids, rows),
    )


@pytest.mark.parametrize(
    ("ids", "rows"),
    [
        ([0, 2, 2], [0, 2, 2]),
        ([1, 2, 3], [0, 1, 2]),
        ([-1, 0, 1], [0, 1, 2]),
        ([0, 1, 3], [0, 1, 2]),
    ],
)  # of three classes: rows already, or any three in order
def test_rows_of_classes(ids: list[int], rows: list[int]) -> None:
    assert class_rows(ids, 3).tolist() == rows


def test_centroids_are_class_means_and_accuracy_counts_the_nearest() -> None:
    features = np.array([[0.0, 0], [0, 2], [10, 0], [10, 4]])
    rows = np.array([0, 0, 1, 1])
    centroids = class_centroids(features, rows, 2)
    np.testing.assert_array_equal(centroids, [[0, 1], [10, 2]])


@pytest.mark.parametrize(
    ("features", "centroids", "ids", "words"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), [0, 1], "expected features"),
        (np.zeros((2, 3)), np.zeros((2, 3)), [0], "got 2 features and 1 class_ids"),
        (np.full((2, 3), np.nan), np.zeros((2, 3)), [0, 1], "features must be finite"),
        (np.zeros((2, 3)), np.full((2, 3), np.nan), [0, 1], "centroids must be finite"),
        (np.zeros((2, 3)), np.zeros((2, 3)), [0, 7, 9], "got 3 classes"),
        (np.zeros((2, 3)), np.zeros((2, 3)), [0.5, 1.0], "whole numbers"),
    ],
)
def test_errors_say_what_came(
    features: np.ndarray, centroids: np.ndarray, ids: list[int], words: str
) -> None:
    with pytest.raises(dlc.DLCError, match=words):
        dlc.learning_complexity(features, centroids, ids)
