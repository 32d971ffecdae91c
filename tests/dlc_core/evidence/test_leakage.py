"""The labels of what is held out change no selection, no split and no strategy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.evidence import Trial, measured, parse_arm
from dlc_core.evidence.learner import probe_learner
from dlc_core.evidence.material import Material, Part
from dlc_core.evidence.measurement import measure
from dlc_core.selection.strategies.registry import STRATEGIES
from tests.dlc_core.evidence.conftest import MakeMaterial

FIXED = tuple(STRATEGIES) + tuple(
    f"{name}@probe" for name in STRATEGIES if not STRATEGIES[name].features
)
AUTO = ("flexrand:auto", "flexrand:auto@probe", "trimmed:auto@probe", "auto")


class Spy:
    """A learner that remembers what it was given."""

    def __init__(self) -> None:
        self.kept: list[list[str]] = []

    def __call__(self, part: Part, kept: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
        names = part.whole.named.names
        self.kept.append([names[i] for i in part.train[kept]])
        return probe_learner(part, kept, seed=seed)


def other_labels(material: Material, part: Part) -> Part:
    """Return the same split with wrong labels, scores and marks for all that is held out."""
    held = np.setdiff1d(np.arange(len(material.rows)), part.train)
    rng = np.random.default_rng(5)

    def shifted(values: NDArray[np.int64]) -> NDArray[np.int64]:
        values = values.copy()
        values[held] = (values[held] + rng.integers(1, material.classes, len(held))) % (
            material.classes
        )
        return values

    rows = shifted(material.rows)
    scores = material.scores["score"].copy()
    scores[held] = rng.normal(size=len(held))
    pinned = material.pinned.copy()
    pinned[held] = True
    whole = replace(
        material, rows=rows, targets=shifted(material.targets), scores={"score": scores},
        pinned=pinned,
    )  # fmt: skip
    return replace(part, whole=whole, held_targets=whole.targets[held], _pools={})


@pytest.mark.parametrize("name", [*FIXED, *AUTO])
def test_own_split(make_material: MakeMaterial, name: str) -> None:
    material = make_material(240, wrong=0.3, score="knows")
    part = material.part(1)
    changed = other_labels(material, part)
    assert (part.held_targets != changed.held_targets).all()
    spies, cells = (Spy(), Spy()), []
    for one, spy in zip((part, changed), spies, strict=True):
        cells.append(measure(one, parse_arm(name), keep_ratio=0.25, seed=1, learner=spy))
    assert spies[0].kept == spies[1].kept
    assert len(spies[0].kept) == 1
    assert cells[0].chosen == cells[1].chosen
    assert cells[0].tried == cells[1].tried
    assert cells[0].accuracy != cells[1].accuracy  # the labels that judge are others, though


def test_held_out_run_of_its_own(make_material: MakeMaterial) -> None:
    material = make_material(240, wrong=0.3, score="knows", judged=120)
    assert material.held is not None
    features, targets = material.held
    trial = Trial.of((*FIXED, *AUTO), (0.25,), 2)

    def kept(held: tuple[NDArray[Any], NDArray[np.int64]]) -> tuple[list[list[str]], list[Any]]:
        spy = Spy()
        cells = measured(replace(material, held=held), trial, learner=spy)
        return spy.kept, [(cell.key, cell.chosen, cell.tried) for cell in cells]

    first = kept((features, targets))
    assert first[0]
    assert first == kept((features, (targets + 1) % 4))
    assert first == kept((features[::-1] + 3, targets))  # nor do its features
