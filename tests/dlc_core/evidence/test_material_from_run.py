"""The material of a run: what people decided, what is held out, what makes it another one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.evidence import folder_of, material_of, settings_of
from dlc_core.runs import Run

PROBED = {"name": "probe"}


@dataclass(frozen=True)
class Maker:
    """Makes as much of a run as evidence reads."""

    base: Path

    def __call__(
        self, labels: list[str], *, name: str = "run", root: str = "here", digest: str = "d"
    ) -> Run:
        classes = sorted(set(labels))
        info: dict[str, Any] = {
            "dataset": {"classes": classes, "root": root, "fingerprint": "f"},
            "backbone": {"digest": digest, "preprocess": {}},
        }
        (self.base / name).mkdir()
        run = Run(self.base / name, info)
        rng = np.random.default_rng(len(labels))
        run.__dict__["samples"] = pd.DataFrame(
            {
                "id": 3 * np.arange(len(labels)) + 5,  # ids are no places
                "path": [f"{label}/{i}.png" for i, label in enumerate(labels)],
                "label": labels,
                "class_id": [classes.index(label) for label in labels],
                "score": rng.random(len(labels)),
            }
        )
        np.save(run.path / "features.npy", rng.normal(size=(len(labels), 5)).astype(np.float32))
        return run


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def test_decisions_hold_unless_they_are_ignored(make: Maker) -> None:
    run = make(["cat"] * 6 + ["dog"] * 6)
    record(run.path, [5, 8], by="a", verdict="pin")
    record(run.path, [11], by="a", verdict="exclude")
    record(run.path, [14], by="a", relabel="dog")
    record(run.path, [17], by="a", relabel="wolf")  # which the run lacks
    material = material_of(run)
    assert np.flatnonzero(material.pinned).tolist() == [0, 1]
    assert np.flatnonzero(material.excluded).tolist() == [2]
    assert material.targets.tolist() == [0, 0, 0, 1, 0, 0] + [1] * 6
    assert material.rows.tolist() == [0] * 6 + [1] * 6
    plain = material_of(run, decisions=False)
    assert plain.targets.tolist() == plain.rows.tolist()
    assert not plain.pinned.any()
    assert not plain.excluded.any()


def test_whatever_changes_the_measurement_goes_to_another_folder(make: Maker) -> None:
    labels = ["cat"] * 6 + ["dog"] * 6
    run = make(labels)
    held = make(labels, name="held", root="there")

    def folder(method: dict[str, Any] = PROBED, other: Run | None = None, **values: Any) -> Path:
        material = material_of(run, held=other, **values)
        return folder_of(run.path, settings_of(run, material, held=other, method=method))

    first = folder()
    assert folder() == first
    others = [
        folder({"name": "finetune"}),
        folder(share=0.4),
        folder(groups=tuple("abcdefghijkl")),
        folder(groups=tuple("aacdefghijkl")),
        folder(scores={"mine": np.arange(12.0)}),
        folder(scores={"mine": np.arange(1.0, 13.0)}),
        folder(other=held),
    ]
    held.samples["label"] = ["dog"] * 6 + ["cat"] * 6
    others.append(folder(other=held))
    decided = {"a": {"relabel": "dog"}, "b": {"verdict": "pin"}, "c": {"verdict": "exclude"}}
    for by, values in decided.items():
        record(run.path, [5], by=by, **values)
        others.append(folder())
    assert folder(decisions=False) == first
    run.samples["score"] += 1e-9
    others.append(folder(decisions=False))
    assert len({first, *others}) == 1 + len(others)


@pytest.mark.parametrize(
    ("labels", "values", "words"),
    [
        (["a"] * 9, {}, "needs samples of at least two classes, which .* lacks; score data"),
        (["a", "b", "b"], {}, "3 samples in 2 classes"),
        (["a", "b"] * 4, {"share": 0.7}, r"must be in \[0.05, 0.6\], got 0.7"),
        (["a", "b"] * 4, {"share": float("nan")}, "got nan"),
        (["a", "b"] * 4, {"groups": ("x", "y")}, "expected 8 groups, got 2"),
        # Where nothing is held out all would have accuracy 0 and be "within noise".
        (["a", "b"] * 4, {"groups": ("x", "y") * 4}, "nothing of .* can be held out at a share of"),
        (["a", "b", "c", "d"], {}, r"nothing of .* can be held out at a share of 0.3"),
        (["a", "b"] * 4, {"share": 0.05}, r"nothing of .* can be held out at a share of 0.05"),
    ],
)
def test_what_cannot_be_measured(
    make: Maker, labels: list[str], values: dict[str, Any], words: str
) -> None:
    run = make(labels)
    with pytest.raises(DLCError, match=words):
        material_of(run, **values)


def test_a_held_out_run_is_found_by_class_names(make: Maker) -> None:
    run = make(["cat"] * 4 + ["dog"] * 4)
    held = make(["dog"] * 3 + ["cat"], name="held", root="there")
    material = material_of(run, held=held)
    assert material.held is not None
    assert material.held[1].tolist() == [1, 1, 1, 0]
    assert material.judged == 4
    # A run of fewer classes has other numbers for them.
    only = make(["dog"] * 4, name="dogs", root="there")
    assert material_of(run, held=only).held[1].tolist() == [1] * 4  # type: ignore[index]


@pytest.mark.parametrize(
    ("labels", "values", "words"),
    [
        (["cat"] * 4, {"digest": "e"}, "another backbone or preprocessing"),
        (["cat"] * 4, {"root": "here"}, "holds 4 samples of .* itself, such as 'cat/0.png'"),
        (["cat", "wolf"], {}, "has class 'wolf', which .* does not have"),
    ],
)
def test_held_out_runs_that_do_not_fit(
    make: Maker, labels: list[str], values: dict[str, Any], words: str
) -> None:
    run = make(["cat"] * 4 + ["dog"] * 4)
    held = make(labels, **{"name": "held", "root": "there", **values})
    with pytest.raises(DLCError, match=words):
        material_of(run, held=held)
    with pytest.raises(DLCError, match="leave them out with a held-out run"):
        material_of(run, held=held, groups=("x",) * 8)
