from __future__ import annotations

import math

import numpy as np
import pytest

from dlc_core.issues.cross_validation import HeldOut
from dlc_core.issues.outliers import ambiguous, centrality, outlier_scores, outside


def test_the_score_is_the_mean_distance() -> None:
    distances = np.array([[1, 2, 6], [0, 0, 0]], dtype=np.float32)
    assert outlier_scores(distances).tolist() == [3, 0]
    assert outlier_scores(distances[:, :0]).tolist() == [0, 0]


@pytest.mark.parametrize("n", [10, 33, 200])
def test_outside_is_beyond_the_inner_fence_of_the_logarithm(n: int) -> None:
    scores = np.random.default_rng(n).lognormal(0, 1, n).astype(np.float32)
    scores[0] = 1e4
    logs = sorted(math.log(s) for s in scores.tolist())

    def quantile(share: float) -> float:
        place = share * (n - 1)
        low = int(place)
        high = min(low + 1, n - 1)
        return logs[low] + (place - low) * (logs[high] - logs[low])

    fence = quantile(0.75) + 1.5 * (quantile(0.75) - quantile(0.25))
    expected = [math.log(s) > fence for s in scores.tolist()]
    assert expected[0]
    assert outside(scores).tolist() == expected


def test_nothing_is_outside_few_or_equal_samples() -> None:
    assert not outside(np.array([1, 1, 1, 1, 1, 1, 1, 1, 99], dtype=np.float32)).any()
    assert not outside(np.array([0] * 29 + [5], dtype=np.float32)).any()


def test_ambiguous_lies_between_its_class_and_one_other() -> None:
    cases = [  # given, first, second, their probabilities, judged, the other class
        (0, 0, 1, 0.5, 0.4, True, 1),
        (0, 1, 0, 0.5, 0.4, True, 1),
        (2, 0, 1, 0.5, 0.45, True, -1),  # its own is neither
        (0, 0, 1, 0.6, 0.35, True, -1),  # too far apart
        (0, 0, 1, 0.4, 0.3, True, -1),  # a third class matters
        (3, 3, 3, np.nan, np.nan, False, -1),
    ]
    given, first, second, p, q, judged, other = (np.array(c) for c in zip(*cases, strict=True))
    found = ambiguous(
        HeldOut(judged, p, first, second, p, q, np.zeros(len(cases), dtype=np.bool_)), given
    )
    assert found.tolist() == other.tolist()


@pytest.mark.parametrize("n", [1, 2, 30])
def test_centrality_is_the_percentile_of_closeness(n: int) -> None:
    rng = np.random.default_rng(n)
    values, labels = rng.normal(size=(n, 3)).astype(np.float32), rng.integers(0, 3, n)
    found = centrality(values, labels)
    for i in range(n):
        members = [j for j in range(n) if labels[j] == labels[i]]
        centre = np.mean([values[j].astype(np.float64) for j in members], axis=0)
        far = {j: float(np.linalg.norm(values[j] - centre)) for j in members}
        rank = 1 + sum((far[j], j) < (far[i], i) for j in members)
        size = len(members)
        expected = 50 if size == 1 else 100 * (size - rank) / (size - 1)
        assert found[i] == pytest.approx(expected, abs=1e-3)
