"""What auto goes by: the gap to random and how sure it is, literally and over many draws."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.evidence import Record, Trial, choose, findings, measured, parse_arm
from dlc_core.evidence.arms import RANDOM, Arm
from dlc_core.evidence.choose_arm import ROUNDS, SHARE, Choice
from dlc_core.evidence.learner import probe_learner
from dlc_core.evidence.material import Part
from tests.dlc_core.evidence.conftest import MakeMaterial


def literally(part: Part, arm: Arm, keep_ratio: float, seed: int) -> tuple[float, float]:
    """Return gap and standard error of one arm that is never given up, sum by sum."""
    sums, counts, of_rounds = np.zeros(len(part.train)), np.zeros(len(part.train)), []
    for number in range(ROUNDS):
        draw = ROUNDS * seed + number
        inner = part.inner(draw, share=SHARE)
        hits = []
        for one in (arm, RANDOM):
            kept = one.positions(inner, keep_ratio=keep_ratio, seed=draw)
            hits.append(probe_learner(inner, kept, seed=draw) == inner.held_targets)
        for place, mine, plain in zip(inner.held, *hits, strict=True):
            sums[place] += int(mine) - int(plain)
            counts[place] += 1
        of_rounds.append(np.mean(hits[0]) - np.mean(hits[1]))
    gap = sums.sum() / counts.sum()
    # A ratio of sums over samples: Cochran, Sampling Techniques, section 6.4.
    of_samples = np.sqrt(sum((sums - gap * counts) ** 2)) / counts.sum()
    return float(gap), max(float(of_samples), float(np.std(of_rounds, ddof=1) / np.sqrt(ROUNDS)))


@pytest.mark.parametrize("name", ["flexrand:0.2", "hardest", "trimmed:0.5@probe", "herding"])
def test_gap_and_error_are_those_of_the_inner_splits(
    make_material: MakeMaterial, name: str
) -> None:
    part, arm = make_material(300, wrong=0.2).part(1), parse_arm(name)
    choice = choose(part, (arm,), keep_ratio=0.1, seed=4)
    (one,) = choice.tried
    assert (one.gap, one.error) == pytest.approx(literally(part, arm, 0.1, 4))
    assert choice.fits == 2 * ROUNDS


def test_inner_splits_stay_inside_the_training_part(make_material: MakeMaterial) -> None:
    groups = tuple(f"g{i // 3}" for i in range(300))
    part = make_material(300, groups=groups).part(2)
    seen: set[int] = set()
    for seed in range(ROUNDS):
        inner = part.inner(seed, share=SHARE)
        away = part.train[inner.held]
        assert sorted([*inner.train, *away]) == part.train.tolist()
        assert not {groups[i] for i in inner.train} & {groups[i] for i in away}
        np.testing.assert_array_equal(inner.held_features, part.features[inner.held])
        np.testing.assert_array_equal(inner.held_targets, part.whole.targets[away])
        seen |= set(away.tolist())
    assert len(seen) > 0.6 * len(part.train)  # the rounds hold out different samples


def choices_of_nothing(make_material: MakeMaterial, times: int) -> list[Choice]:
    arms = (parse_arm("flexrand:0.2"),)
    parts = [make_material(240, wrong=0.2, seed=seed, judged=10).part(0) for seed in range(times)]
    return [choose(part, arms, keep_ratio=0.15, seed=seed) for seed, part in enumerate(parts)]


def test_the_error_is_as_large_as_gaps_of_nothing_are(make_material: MakeMaterial) -> None:
    """By random scores the true gap is 0: so gaps are about one standard error away from it."""
    found = choices_of_nothing(make_material, 60)
    gaps: NDArray[np.float64] = np.array([one.tried[0].gap for one in found])
    errors = np.array([one.tried[0].error for one in found])
    assert abs(gaps.mean()) < 3 * gaps.std() / np.sqrt(len(gaps))
    assert 0.6 < np.sqrt(np.mean(np.square(gaps / errors))) < 1.5
    assert np.mean([one.arm == RANDOM for one in found]) >= 0.9


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_score_is_found_in_every_material(make_material: MakeMaterial, seed: int) -> None:
    part = make_material(2000, wrong=0.4, score="knows", judged=20, seed=seed).part(0)
    arms = (parse_arm("hardest"), parse_arm("trimmed:0.5"), parse_arm("flexrand:0.5"))
    choice = choose(part, arms, keep_ratio=0.04, seed=seed)
    assert choice.arm == arms[1]
    assert [one.arm for one in choice.tried] == list(arms)
    # The hardest all have wrong labels: no need to try it six times, and the cost says so.
    assert choice.tried[0].rounds == 2
    assert choice.fits == ROUNDS + sum(one.rounds for one in choice.tried)


def test_what_auto_reports_is_honest(make_material: MakeMaterial) -> None:
    """The best of nine by the inner splits must not look better on the held-out part."""
    verdicts = []
    for seed in range(6):
        material = make_material(200, seed=seed, wrong=0.2)
        trial = Trial.of(("flexrand:auto",), (0.2,), 4, full=False)
        record = Record({}, material.judged, {k: material.held_places(k) for k in range(4)})
        record.cells = {cell.key: cell for cell in measured(material, trial)}
        (one,) = [one for one in findings(record) if one.to_random is not None]
        assert sum(count for _, count in one.chosen) == 4
        assert one.choice_seconds > 0
        verdicts.append(one.to_random.verdict)  # type: ignore[union-attr]
    assert verdicts.count("within noise") >= 5


def test_nothing_to_choose_from_is_random(make_material: MakeMaterial) -> None:
    part = make_material(80, judged=10).part(0)
    choice = choose(part, (), keep_ratio=0.3, seed=0)
    assert (choice.arm, choice.tried, choice.fits) == (RANDOM, (), 0)
    with pytest.raises(DLCError, match="keep_ratio"):
        choose(part, (parse_arm("hardest"),), keep_ratio=0.0, seed=0)
