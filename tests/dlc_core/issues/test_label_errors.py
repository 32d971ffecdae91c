from __future__ import annotations

import numpy as np
import pytest

from dlc_core.issues.label_errors import disagreement, suspicion


@pytest.mark.parametrize("n", [2, 7, 40])
def test_suspicion_is_the_weighted_mean_of_ranks(n: int) -> None:
    rng = np.random.default_rng(n)
    own = rng.random(n).astype(np.float32)
    own[1] = own[0]  # ties share their mean rank
    percentile, unlike = 100 * rng.random(n), rng.integers(0, 4, n) / 3
    judged = np.ones(n, dtype=np.bool_)
    judged[-1] = n < 5

    def rank(values: list[float], value: float) -> float:
        below = sum(v < value for v in values) + (sum(v == value for v in values) - 1) / 2
        return below / (len(values) - 1)

    inside = [i for i in range(n) if judged[i]]
    found = suspicion(own, percentile, unlike, judged)
    for i in range(n):
        expected = 0.0
        if judged[i]:
            doubt = rank([1 - float(own[j]) for j in inside], 1 - float(own[i]))
            near = rank([unlike[j] for j in inside], unlike[i])
            expected = (3 * doubt + percentile[i] / 100 + near) / 5
        assert found[i] == pytest.approx(expected, abs=1e-6)
    assert found.dtype == np.float32


def test_one_sample_or_none_is_no_trouble() -> None:
    for judged in ([True], [False]):
        one = np.array([0.5], dtype=np.float32)
        found = suspicion(one, np.array([50.0]), np.zeros(1), np.array(judged))
        assert found.tolist() == pytest.approx([0.1 if judged[0] else 0.0])


def test_disagreement_is_the_share_of_other_labels() -> None:
    labels = np.array([0, 0, 1, 1])
    neighbours = np.array([[1, 2], [0, 3], [3, 0], [0, 1]], dtype=np.int32)
    assert disagreement(labels, neighbours).tolist() == [0.5, 0.5, 0.5, 1.0]
    assert disagreement(labels, neighbours[:, :0]).tolist() == [0, 0, 0, 0]
