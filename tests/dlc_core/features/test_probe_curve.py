"""Learning curves: more data never looks worse, unless too little regularisation makes it so."""

from __future__ import annotations

import numpy as np
import pytest

from dlc_core.features.linear_probe import STRENGTHS, fit_probe, left_out_margins
from tests.dlc_core.features.probe_literal import margins_left_out

WIDTH, CLASSES = 40, 3
SIZES = (10, 15, 20, 28, 35, 41, 48, 60, 90, 160)


def pool(seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return samples of Gaussian classes with a fifth of the labels wrong."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, CLASSES, 4000)
    x = rng.normal(size=(4000, WIDTH)) + 0.45 * rng.normal(size=(CLASSES, WIDTH))[rows]
    wrong = rng.random(4000) < 0.2
    return x, np.where(wrong, (rows + 1) % CLASSES, rows)


def error_curve(strengths: np.ndarray) -> np.ndarray:
    """Return the mean error at each size, over 15 draws, on 1,600 others."""
    x, rows = pool()
    errors = []
    for draw in range(15):
        at = slice(draw * 160, draw * 160 + 160)
        of_draw = []
        for size in SIZES:
            probe = fit_probe(x[at][:size], rows[at][:size], CLASSES, strengths=strengths)
            of_draw.append(float((probe.predict(x[2400:]) != rows[2400:]).mean()))
        errors.append(of_draw)
    return np.asarray(np.mean(errors, axis=0))


def literal_least_norm(x: np.ndarray, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the classes by least squares of least norm: the probe without any regularisation."""
    labels, centre = np.eye(CLASSES)[rows], x.mean(axis=0)
    slopes = np.linalg.pinv(x - centre) @ (labels - labels.mean(axis=0))
    return np.asarray(np.argmax((others - centre) @ slopes + labels.mean(axis=0), axis=1))


def test_a_weak_probe_peaks_where_samples_are_as_many_as_dimensions() -> None:
    """Who holds 20 samples against "the full" 41 would find that pruning gains many points."""
    weak = error_curve(np.array([1e-12]))
    assert SIZES[int(np.argmax(weak[2:])) + 2] == 41  # n = D + 1, as one goes to the intercept
    assert weak[SIZES.index(41)] > weak[SIZES.index(20)] + 0.03
    x, rows = pool()
    probe = fit_probe(x[:30], rows[:30], CLASSES, strengths=np.array([1e-12]))
    literal = literal_least_norm(x[:30], rows[:30], x[2400:])
    assert np.mean(probe.predict(x[2400:]) == literal) > 0.99


def test_the_probe_that_measures_has_no_peak() -> None:
    chosen = error_curve(STRENGTHS)
    assert (np.diff(chosen) < 0.01).all()  # never more than noise worse with more data
    assert chosen[-1] < chosen[0] - 0.1
    weak = error_curve(np.array([1e-12]))
    assert (chosen[1:] <= weak[1:]).all()  # of ten samples no strength can be chosen well


@pytest.mark.parametrize("n", [15, 20, 21, 22, 70])
def test_margins_around_as_many_samples_as_dimensions(n: int) -> None:
    rng = np.random.default_rng(n)
    rows = np.arange(n) % 3
    x = rng.normal(size=(n, 20)) + rng.normal(size=(3, 20))[rows]
    x[:, 19] = x[:, 18]  # equal columns, a constant one, and one that is twice another
    x[:, 17], x[:, 16] = 4.0, 2 * x[:, 15]
    literal = margins_left_out(x, rows, 3, np.arange(n))
    np.testing.assert_allclose(left_out_margins(x, rows, 3), literal, atol=1e-7)


def test_units_and_places_do_not_matter() -> None:
    x, rows = pool()
    one = fit_probe(x[:80], rows[:80], CLASSES)
    moved = fit_probe(1e3 * x[:80] - 70, rows[:80], CLASSES)
    assert moved.strength == one.strength
    same = one.predict(x[2400:]) == moved.predict(1e3 * x[2400:] - 70)
    assert same.all()


def test_one_class_is_always_predicted() -> None:
    x, _ = pool()
    probe = fit_probe(x[:20], np.full(20, 1), CLASSES)
    assert set(probe.predict(x).tolist()) == {1}
    assert (left_out_margins(x[:20], np.full(20, 1), CLASSES) < 0).all()  # surely right
