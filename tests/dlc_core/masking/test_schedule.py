from __future__ import annotations

import numpy as np
import pytest

from dlc_core.masking.schedule import fast_schedule, literal_schedule
from dlc_core.scoring.settings import ScoreSettings


def literal_estimate(steps: list[int], losses: list[float], length: int) -> float:
    """The mean over all steps of the straight lines through what is known, flat at the ends."""
    total = 0.0
    for t in range(length):
        below = max((s for s in steps if s <= t), default=None)
        above = min((s for s in steps if s >= t), default=None)
        if below is None or above is None:
            total += losses[steps.index(above if below is None else below)]  # type: ignore[arg-type]
        elif below == above:
            total += losses[steps.index(t)]
        else:
            share = (t - below) / (above - below)
            total += (1 - share) * losses[steps.index(below)] + share * losses[steps.index(above)]
    return total / length


def test_the_paper_counts_every_mask_the_same() -> None:
    schedule = literal_schedule(10_000, masks=50, interval=0.02)
    np.testing.assert_allclose(schedule.weights(), np.full(50, 0.02), atol=1e-15)
    assert schedule.steps.tolist() == list(range(50))


def test_fast_is_the_square_steps_of_the_paper() -> None:
    fast, paper = fast_schedule(10_000), literal_schedule(10_000, masks=50, interval=0.02)
    assert fast.steps.tolist() == [0, 1, 4, 9, 16, 25, 36, 49]
    np.testing.assert_array_equal(fast.counts, paper.counts[fast.steps])
    line = 3.0 - 0.02 * np.arange(50)  # straight losses are averaged exactly
    assert fast.weights() @ line[fast.steps] == pytest.approx(line.mean())
    assert fast.weights().sum() == pytest.approx(1)


@pytest.mark.parametrize("masks", [1, 2, 3, 7, 50])
def test_every_prefix_of_the_order_has_the_literal_estimate(masks: int) -> None:
    schedule = literal_schedule(10_000, masks=masks, interval=0.02)
    losses = np.random.default_rng(masks).random(masks)
    order = schedule.order
    assert sorted(order) == list(range(masks))
    for size in range(1, masks + 1):
        done = sorted(order[:size])
        expected = literal_estimate(done, losses[done].tolist(), masks)
        weights = schedule.weights(done)
        assert weights @ losses == pytest.approx(expected)
        assert set(np.flatnonzero(weights)) <= set(done)


def test_the_order_fills_the_widest_gap() -> None:
    order = literal_schedule(10_000, masks=50, interval=0.02).order
    assert order[:2] == [0, 49]
    for size in range(2, 50):
        known = np.array(order[:size])
        gaps = [np.abs(known - t).min() for t in range(50)]
        assert np.abs(known - order[size]).min() == max(gaps)


def test_masks_or_interval_make_the_schedule_literal() -> None:
    assert len(ScoreSettings(profile="fast").schedule(1000)) == 8
    assert len(ScoreSettings(profile="exact").schedule(1000)) == 50
    assert len(ScoreSettings(profile="fast", masks=5).schedule(1000)) == 5
    literal = ScoreSettings(profile="fast", interval=0.1).schedule(1000)
    assert (len(literal), literal.interval) == (50, 0.1)
