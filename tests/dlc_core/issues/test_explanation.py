from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.issues import ISSUES, evidence
from dlc_core.runs import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """As much of a run as the sentences need: 12 samples of two classes."""
    run = Run(tmp_path, {"dataset": {"classes": ["cat", "dog"]}})
    labels = ["cat"] * 6 + ["dog"] * 6
    run.__dict__["samples"] = pd.DataFrame(
        {
            "id": np.arange(12),
            "path": [f"{label}/{i}.png" for i, label in enumerate(labels)],
            "label": labels,
            "class_id": [0] * 6 + [1] * 6,
            "percentile": np.linspace(0, 100, 12),
        }
    )
    neighbours = np.array([[6, 7, 8, 1]] * 12, dtype=np.int32)
    np.save(tmp_path / "neighbours.npy", neighbours)
    np.save(tmp_path / "neighbour_distances.npy", neighbours.astype(np.float32))
    return run


def sentence(run: Run, row: int, **values: object) -> tuple[str, str]:
    """Say what is known of a row in whose columns these values stand."""
    table = pd.DataFrame({"kind": [""] * 12, "centrality": np.linspace(0, 100, 12)})
    for flag in ("dark", "bright", "blurry", "low_information", "odd_shape", "duplicate_labels"):
        table[flag] = False
    table["duplicate"], table["duplicate_group"] = "", -1
    table["outlier_score"] = 1.0
    for name, value in values.items():
        column = table[name].astype(object) if name in table else pd.Series([None] * 12)
        column[row] = value
        table[name] = column
    return evidence(run, table, row)


def test_label_error(run: Run) -> None:
    values = {"kind": "label error", "suspected_class": 1, "suspected_probability": 0.93}
    assert sentence(run, 2, **values) == (
        ISSUES["label-error"].title,
        "Probably a label error: given cat, but a classifier that did not see it says dog (93 %), "
        "and 3 of its 4 nearest neighbours are dog.",
    )
    assert sentence(run, 2, **{**values, "suspected_probability": 0.4})[1].startswith("Possibly")
    (run.path / "neighbours.npy").unlink()
    assert sentence(run, 2, **values)[1].endswith("says dog (93 %).")


def test_leak(run: Run) -> None:
    _, text = sentence(run, 1, kind="leak", leak="test/cat/1.png")
    assert text == "The same file, byte for byte, is in another split: test/cat/1.png."
    _, text = sentence(run, 1, kind="leak", leak="test/dog/1.png")
    assert text.endswith("test/dog/1.png (there it is dog, here cat).")
    assert sentence(run, 1, kind="leak", leak="test/stray.png")[1].endswith("stray.png.")


def test_duplicates(run: Run) -> None:
    table = pd.DataFrame(
        {
            "kind": ["duplicate"] * 12,
            "duplicate": ["near", "exact", "exact", "exact", *["near"] * 8],
            "duplicate_group": [0, 0, 0, 1, 2, 2, 1, *range(3, 8)],
            "duplicate_labels": [False, False, False, True, False, False, True, *[False] * 5],
        }
    )
    assert evidence(run, table, 1)[1] == "The same file as cat/2.png and 1 more."
    assert evidence(run, table, 4)[1] == "Looks the same as cat/5.png."
    assert evidence(run, table, 6)[1] == (
        "Looks the same as cat/3.png, under different labels (cat, dog): all but one must be wrong."
    )


def test_outlier(run: Run) -> None:
    _, text = sentence(run, 3, kind="outlier", outlier_score=2.5)
    assert text == (
        "Far from its neighbours: 2.5 times the median distance, and farther than 91.7 % of the "
        "samples."
    )


def test_ambiguous(run: Run) -> None:
    values = {"own_probability": 0.45, "other_class": 0, "other_probability": 0.5}
    assert sentence(run, 8, kind="ambiguous", **values) == (
        "Ambiguous",
        "Between dog and cat: a classifier that did not see it gives them 45 % and 50 %.",
    )


def test_quality_names_every_fault(run: Run) -> None:
    measures = {"brightness": 0.05, "sharpness": 0.2, "entropy": 2.0, "aspect": 0.25}
    flags = {"dark": True, "odd_shape": True}
    _, text = sentence(run, 0, kind="quality", **measures, **flags)
    assert text == "The image is dark (mean brightness 0.05 of 1) and oddly long (sides 1 : 4.0)."


def test_nothing_unusual_says_no_more_than_the_numbers(run: Run) -> None:
    title, text = sentence(run, 2)
    assert title == "Nothing unusual"
    assert text.endswith("its hardness percentile in its class is 18 of 100.")
    assert "rare or subtle" not in text
    _, text = sentence(run, 11)
    assert "its hardness percentile is 100 of 100" in text
    assert "within its class (centrality 100 of 100)" in text
    assert text.endswith("may be rare or subtle.")
    _, text = sentence(run, 10, centrality=3.0)
    assert "far from the middle of its class (centrality 3 of 100)" in text
