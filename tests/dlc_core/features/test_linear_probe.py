"""The probe against leaving samples out for real, and the trap that its strength avoids."""

from __future__ import annotations

import numpy as np
import pytest

from dlc_core.features.linear_probe import STRENGTHS, fit_probe, left_out_margins, reduction
from tests.dlc_core.features.probe_literal import margins_left_out


def drawn(n: int, width: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, classes, n)
    return rng.normal(size=(n, width)) + 0.6 * rng.normal(size=(classes, width))[rows], rows


def literal_errors(x: np.ndarray, rows: np.ndarray, classes: int) -> np.ndarray:
    """Squared error of each strength, fitting anew without each sample in turn."""
    unit = np.square(x - x.mean(axis=0)).sum() / len(x)
    labels = np.eye(classes)[rows]
    errors = np.zeros(len(STRENGTHS))
    for k, strength in enumerate(STRENGTHS):
        for i in range(len(x)):
            others = np.arange(len(x)) != i
            a, y = x[others] - x[others].mean(axis=0), labels[others]
            ridge = a.T @ a + strength * unit * np.eye(x.shape[1])
            slopes = np.linalg.solve(ridge, a.T @ (y - y.mean(axis=0)))
            said = y.mean(axis=0) + (x[i] - x[others].mean(axis=0)) @ slopes
            errors[k] += np.square(labels[i] - said).sum()
    return errors


@pytest.mark.parametrize(("n", "width"), [(25, 40), (50, 15), (20, 20), (21, 20)])
def test_the_strength_is_the_best_by_leaving_one_out(n: int, width: int) -> None:
    x, rows = drawn(n, width, 3)
    best = STRENGTHS[int(np.argmin(literal_errors(x, rows, 3)))]
    assert fit_probe(x, rows, 3).strength == pytest.approx(best)


@pytest.mark.parametrize(("n", "width"), [(25, 40), (60, 15)])
def test_margins_are_those_of_probes_that_did_not_see_the_sample(n: int, width: int) -> None:
    x, rows = drawn(n, width, 4)
    literal = margins_left_out(x, rows, 4, np.arange(n))
    np.testing.assert_allclose(left_out_margins(x, rows, 4), literal, atol=1e-8)


def accuracies(strengths: np.ndarray, sizes: list[int]) -> list[float]:
    x, rows = drawn(2400, 60, 4, seed=1)
    held, held_rows = x[1400:], rows[1400:]
    found = []
    for size in sizes:
        right = []
        for start in range(6):
            part = slice(start * 200, start * 200 + size)
            probe = fit_probe(x[part], rows[part], 4, strengths=strengths)
            right.append(float((probe.predict(held) == held_rows).mean()))
        found.append(float(np.mean(right)))
    return found


def test_double_descent_is_avoided() -> None:
    """Near n = D a weak probe is at its worst: half of the data would look better than all."""
    half, all_of_it, more = accuracies(np.array([1e-9]), [30, 61, 200])
    assert half > all_of_it + 0.05
    half, all_of_it, more = accuracies(STRENGTHS, [30, 61, 200])
    assert half < all_of_it < more


def test_nothing_to_learn_from() -> None:
    one = fit_probe(np.ones((1, 3)), np.array([2]), 4)
    assert one.predict(np.zeros((2, 3))).tolist() == [2, 2]
    same = fit_probe(np.ones((5, 3)), np.array([0, 1, 1, 1, 0]), 2)
    assert same.strength == np.inf
    assert same.predict(np.zeros((1, 3))).tolist() == [1]
    assert left_out_margins(np.ones((3, 2)), np.zeros(3, dtype=int), 1).tolist() == [0, 0, 0]
    assert np.isfinite(left_out_margins(np.ones((4, 2)), np.array([0, 1, 0, 1]), 2)).all()


def test_the_reduction_keeps_what_varies_and_looks_at_the_training_part_only() -> None:
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(400, 8)) @ rng.normal(size=(8, 300))).astype(np.float32)
    train = np.arange(300)
    small = reduction(x, train)(x)
    assert small.shape == (400, 256)
    inner = (x - x[:300].mean(axis=0)) @ (x - x[:300].mean(axis=0)).T
    np.testing.assert_allclose(small @ small.T, inner, atol=0.02 * np.abs(inner).max())
    other = x.copy()
    other[300:] += 100
    np.testing.assert_array_equal(reduction(other, train)(x), small)
