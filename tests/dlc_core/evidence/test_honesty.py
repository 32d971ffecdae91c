"""Nothing is found where nothing is, what is there is found, and nothing leaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlc_core.evidence import Record, Trial, choose, findings, measured, parse_arm
from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.finding import Finding
from dlc_core.evidence.material import Material
from tests.dlc_core.evidence.conftest import MakeMaterial


def found(material: Material, *arms: str, keep: tuple[float, ...], seeds: int) -> list[Finding]:
    record = Record({}, material.judged)
    record.held = {seed: material.held_places(seed) for seed in range(seeds)}
    trial = Trial.of(arms, keep, seeds, full=False)
    record.cells = {cell.key: cell for cell in measured(material, trial)}
    return [one for one in findings(record) if one.to_random is not None]


def test_random_scores_are_within_noise(make_material: MakeMaterial) -> None:
    """At least 90 % of comparisons; the scores are random, so all differences are."""
    verdicts = []
    for seed in range(12):
        material = make_material(300, seed=seed, wrong=0.2)
        arms = ("flexrand:0.2", "flexrand:0.8", "hardest")
        verdicts += [
            one.to_random.verdict  # type: ignore[union-attr]
            for one in found(material, *arms, keep=(0.1, 0.4), seeds=5)
        ]
    assert len(verdicts) == 72
    assert np.mean([verdict == "within noise" for verdict in verdicts]) >= 0.9


@pytest.mark.parametrize(("samples", "judged"), [(2000, 0), (1200, 400)])
def test_a_planted_score_is_found_and_its_opposite_too(
    make_material: MakeMaterial, samples: int, judged: int
) -> None:
    for score, verdict in (("knows", "better"), ("against", "worse")):
        material = make_material(samples, wrong=0.4, score=score, judged=judged)
        (one,) = found(material, "trimmed:0.5", keep=(0.03,), seeds=8)
        assert one.to_random is not None
        assert one.to_random.verdict == verdict


def test_auto_finds_what_is_planted_and_else_stays_with_random(make_material: MakeMaterial) -> None:
    arms = parse_arm("trimmed:auto").choices
    part = make_material(800, wrong=0.4, score="knows", judged=50).part(0)
    choice = choose(part, arms, keep_ratio=0.1, seed=0)
    assert choice.arm.strategy == "trimmed"
    assert choice.arm.first in (0.3, 0.5, 0.6)
    assert choice.fits >= 6 + 2 * len(arms)
    names = [
        choose(make_material(300, seed=seed, judged=50).part(0), parse_arm("flexrand:auto").choices,
               keep_ratio=0.2, seed=0).arm
        for seed in range(8)
    ]  # fmt: skip
    assert names.count(RANDOM) >= 4


def test_the_labels_of_the_held_out_part_change_no_choice(make_material: MakeMaterial) -> None:
    material = make_material(300, wrong=0.3, score="knows")
    part = material.part(3)
    other = material.targets.copy()
    held = np.setdiff1d(np.arange(300), part.train)
    other[held] = (other[held] + 1) % 4
    changed = replace(part, whole=replace(material, targets=other, rows=other), _pools={})
    assert (changed.held_targets != changed.whole.targets[held]).all()
    for name in ("flexrand:0.2", "trimmed:0.5@probe", "herding", "hardest"):
        arm = parse_arm(name)
        one, two = (arm.positions(p, keep_ratio=0.2, seed=1)
                    for p in (part, changed))  # fmt: skip
        assert one.tolist() == two.tolist()
    for name in ("flexrand:auto", "auto"):
        choices = parse_arm(name).choices
        first, second = (choose(p, choices, keep_ratio=0.2, seed=1) for p in (part, changed))
        assert first.arm == second.arm
        assert first.tried == second.tried


def test_excluded_samples_are_not_learned_from_and_pins_are(make_material: MakeMaterial) -> None:
    material = make_material(200)
    pinned, excluded = np.zeros(200, dtype=np.bool_), np.zeros(200, dtype=np.bool_)
    pinned[:20], excluded[100:] = True, True
    part = replace(material, pinned=pinned, excluded=excluded).part(0)
    for name in ("random", "flexrand:0.2", "trimmed:0.5@probe"):
        kept = part.train[parse_arm(name).positions(part, keep_ratio=0.4, seed=0)]
        assert not excluded[kept].any()
        assert set(np.flatnonzero(pinned)) & set(part.train) <= set(kept)
