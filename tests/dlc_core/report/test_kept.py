"""Subsets from files: with their recipe where it rebuilds them, else the ids alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dlc_core.decisions import record
from dlc_core.errors import DLCError
from dlc_core.export import encode_subset
from dlc_core.recipes import Recipe, Subset, select
from dlc_core.report import SubsetFile, subset_in_file
from dlc_core.report.kept import Kept
from dlc_core.report.prune_command import prune_command
from dlc_core.runs import Run


def test_a_json_file_brings_its_recipe(own: Run, tmp_path: Path) -> None:
    subset = select(own, keep_ratio=0.4, gamma=0.2, seed=3)
    file = tmp_path / "kept.json"
    file.write_bytes(encode_subset(own, subset, "json"))
    found = subset_in_file(own, file)
    assert isinstance(found, Subset)
    assert found.recipe == subset.recipe
    record(own.path, [int(subset.ids[0])], by="test", verdict="exclude")
    ignoring = subset_in_file(own, file)  # chosen before: decisions left out, it is the same
    assert isinstance(ignoring, Subset)
    assert ignoring.excluded == 0
    assert np.array_equal(ignoring.ids, subset.ids)


@pytest.mark.parametrize(
    "recipe",
    [
        {"strategy": "flexrand", "keep_ratio": 0.5},  # rebuilds other ids
        {"strategy": "none such", "keep_ratio": 0.4},
        {"keep_ratio": 0.4, "gamma": 7},
        {"keep_ratio": "x"},
        {"unknown": 1},
        [],
        None,
    ],
)
def test_a_recipe_that_does_not_rebuild_it_is_not_believed(
    own: Run, tmp_path: Path, recipe: object
) -> None:
    file = tmp_path / "kept.json"
    value = {"recipe": recipe, "samples": [{"id": 3}, {"id": 1}]}
    file.write_text(json.dumps(value))
    found = subset_in_file(own, file)
    assert isinstance(found, SubsetFile)
    assert found.ids.tolist() == [1, 3]
    assert found.name == "kept.json"


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npy"])
def test_other_files_bring_ids(own: Run, tmp_path: Path, suffix: str) -> None:
    subset = select(own, keep_ratio=0.4)
    file = tmp_path / f"kept.{suffix}"
    file.write_bytes(encode_subset(own, subset, suffix))
    found = subset_in_file(own, file)
    assert isinstance(found, SubsetFile)
    assert np.array_equal(found.ids, subset.ids)


def test_ids_that_the_run_lacks_are_refused(own: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "kept.npy", np.array([0, 99]))
    with pytest.raises(DLCError, match="sample 99 is not in"):
        subset_in_file(own, tmp_path / "kept.npy")


def test_the_command_is_safe_to_paste(own: Run) -> None:
    nothing = np.zeros(60, dtype=np.bool_)

    def command(folder: str, recipe: Recipe | None) -> str:
        kept = Kept(nothing, nothing, nothing, excluded=0, pinned=0, recipe=recipe)
        return prune_command(Run(Path("/somewhere") / folder, own.info), kept)

    recipe = Recipe("hardest", 0.25)
    assert command("a b; rm x", recipe) == (
        "dlc prune 'a b; rm x' --strategy hardest --keep 0.25 --out kept.csv"
    )
    assert command("-x", recipe).startswith("dlc prune ./-x ")
    assert command("x", None) == ""
