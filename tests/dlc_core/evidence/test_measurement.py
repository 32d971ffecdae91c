"""Accuracy, macro-F1 and the worst class of a cell, against scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dlc_core.evidence.arms import RANDOM, parse_arm
from dlc_core.evidence.learner import probe_learner
from dlc_core.evidence.material import Part
from dlc_core.evidence.measurement import measure
from tests.dlc_core.evidence.conftest import MakeMaterial


def test_measures_are_what_they_are_called(make_material: MakeMaterial) -> None:
    from sklearn.metrics import f1_score, recall_score

    part = make_material(200, classes=5, wrong=0.2).part(0)
    here = np.flatnonzero(part.held_targets != 3)  # a class that is not held out, but claimed
    part = replace(
        part, held=part.held[here], held_features=part.held_features[here],
        held_targets=part.held_targets[here],
    )  # fmt: skip
    said: list[NDArray[np.int64]] = []

    def learner(part: Part, kept: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
        said.append(probe_learner(part, kept, seed=seed))
        return said[-1]

    cell = measure(part, RANDOM, keep_ratio=0.2, seed=0, learner=learner)
    truth, labels = part.held_targets, [0, 1, 2, 4]
    assert 3 in said[0]
    assert cell.kept == round(
        0.2 * 200
    )  # of all, as prune keeps, not of the 140 that are not held out
    assert cell.right.tolist() == (said[0] == truth).tolist()
    assert cell.accuracy == pytest.approx(np.mean(said[0] == truth))
    macro = f1_score(truth, said[0], labels=labels, average="macro")
    assert cell.macro_f1 == pytest.approx(macro)
    recalls = recall_score(truth, said[0], labels=labels, average=None)
    assert cell.worst_class == pytest.approx(min(recalls))


def test_nothing_left_to_learn_from_is_never_right(make_material: MakeMaterial) -> None:
    material = make_material(60)
    part = replace(material, excluded=np.ones(60, dtype=np.bool_)).part(0)
    for name in ("random", "flexrand:0.2", "flexrand:auto", "herding", "trimmed:0.5@probe"):
        cell = measure(part, parse_arm(name), keep_ratio=0.5, seed=0, learner=probe_learner)
        assert (cell.kept, cell.accuracy, cell.macro_f1, cell.worst_class) == (0, 0.0, 0.0, 0.0)
        assert not cell.right.any()


def test_an_arm_of_auto_keeps_all_where_all_is_kept(make_material: MakeMaterial) -> None:
    part = make_material(80).part(0)
    cell = measure(part, parse_arm("auto"), keep_ratio=1.0, seed=0, learner=probe_learner)
    assert (cell.kept, cell.chosen, cell.tried) == (len(part.train), "", ())
