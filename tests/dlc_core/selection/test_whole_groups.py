"""Groups kept whole, against a literal version; pins, exclusions and what does not fit."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import dlc_core as dlc
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.recipes import Recipe
from dlc_core.runs import Run
from dlc_core.selection.candidates import Candidates, candidates, with_decisions
from dlc_core.selection.whole_groups import groups_of, whole
from tests.by_hand import without_digests
from tests.dlc_core.selection.conftest import kept_by


def some(names: list[str], seed: int = 0) -> Candidates:
    rng = np.random.default_rng(seed)
    n = len(names)
    samples = candidates(rng.random(n), rng.integers(0, 3, n), [f"k{i:04}" for i in range(n)])
    pinned, excluded = rng.random(n) < 0.03, rng.random(n) < 0.1
    return with_decisions(samples, pinned=pinned & ~excluded, excluded=excluded)


def literal(
    samples: Candidates, chosen: NDArray[np.int64], names: list[str], seed: int
) -> set[int]:
    """Group by group: pinned ones, then by luck over share, each that still fits."""
    members: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if not samples.excluded[row]:
            members.setdefault(name, []).append(row)

    def turn(name: str) -> tuple[float, float, str]:
        digest = hashlib.blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()
        luck = (int.from_bytes(digest, "big") + 0.5) / 2**64
        taken = len(set(members[name]) & set(chosen.tolist()))
        return (luck * len(members[name]) / taken if taken else float("inf"), luck, name)

    kept: set[int] = set()
    for name in sorted(members, key=turn):
        if any(samples.pinned[row] for row in members[name]):
            kept |= set(members[name])
    for name in sorted(members, key=turn):
        if not set(members[name]) <= kept and len(kept) + len(members[name]) <= len(chosen):
            kept |= set(members[name])
    return kept


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 25), min_size=30, max_size=200),
    st.sampled_from(["flexrand", "random", "hardest"]),
    st.floats(0.2, 1),
    st.integers(0, 5),
)
def test_it_is_the_literal_one(numbers: list[int], name: str, ratio: float, seed: int) -> None:
    names = [f"g{number}" for number in numbers]
    samples = some(names, seed)
    chosen = kept_by(name, samples, keep_ratio=ratio, gamma=0.4, seed=seed)
    expected = literal(samples, chosen, names, seed)
    if not expected:
        with pytest.raises(DLCError, match="no whole group fits into"):
            whole(samples, chosen, groups_of(names), seed=seed)
        return
    found = whole(samples, chosen, groups_of(names), seed=seed)
    assert set(found.tolist()) == expected
    assert found.tolist() == sorted(found.tolist())
    if not samples.pinned.any():
        assert len(found) <= len(chosen)


def test_large_and_small_groups_are_kept_as_often() -> None:
    """With random choice a group's chance is the ratio whatever its size; by share alone it is not.

    1,200 samples in groups of 1, 4 and 16, 200 seeds: standard errors are below 0.01.
    """
    sizes = [1] * 400 + [4] * 100 + [16] * 25
    names = [f"g{i}" for i, size in enumerate(sizes) for _ in range(size)]
    groups = groups_of(names)
    samples = candidates(np.zeros(len(names)), np.zeros(len(names), int))
    frequency = np.zeros(len(names))
    for seed in range(200):
        chosen = kept_by("random", samples, keep_ratio=0.3, gamma=0.5, seed=seed)
        frequency[whole(samples, chosen, groups, seed=seed)] += 1 / 200
    for size in (1, 4, 16):
        of_size = np.array([s == size for s in sizes for _ in range(s)])
        assert frequency[of_size].mean() == pytest.approx(0.3, abs=0.05)


def test_a_strategy_keeps_its_leaning() -> None:
    names = [f"g{i // 3}" for i in range(300)]
    scores = np.repeat(np.arange(100.0), 3)
    samples = candidates(scores, np.zeros(300, int))
    chosen = kept_by("hardest", samples, keep_ratio=0.3, gamma=0.5, seed=0)
    assert whole(samples, chosen, groups_of(names), seed=0).tolist() == list(range(210, 300))


@pytest.fixture
def grouped(tmp_path: Path, digits_run: Run) -> Run:
    path = tmp_path / "grouped"
    shutil.copytree(digits_run.path, path)
    ids = digits_run.samples["id"]
    writer = [f"w{n % 40}" if n % 50 else None for n in ids]
    pd.DataFrame({"id": ids, "writer": writer}).to_parquet(path / "columns.parquet")
    return Run.open(path)


def test_command_recipe_and_page_of_a_run(
    grouped: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, recipe = tmp_path / "kept.csv", tmp_path / "recipe.json"
    base = ["prune", str(grouped.path), "--keep", "0.3", "--out", str(out)]
    assert main([*base, "--whole-groups"]) == 2
    assert "scored without --group-column" in capsys.readouterr().err
    assert main([*base, "--whole-groups", "nobody"]) == 2
    assert "no column 'nobody'" in capsys.readouterr().err
    info = json.loads((grouped.path / "run.json").read_text())
    info["dataset"]["asked"] = {"group_column": "writer"}
    (grouped.path / "run.json").write_text(json.dumps(info))
    without_digests(grouped.path)
    assert main([*base, "--whole-groups", "--save-recipe", str(recipe)]) == 0
    kept = set(pd.read_csv(out)["id"])
    subset = dlc.select(Run.open(grouped.path), keep_ratio=0.3, whole_groups="writer")
    assert kept == set(subset.ids.tolist())
    table = grouped.columns.assign(id=grouped.samples["id"])
    inside = table["id"].isin(kept)
    writers = table["writer"].fillna("alone" + table["id"].astype(str))
    assert inside.groupby(writers).nunique().max() == 1
    asked = int(0.3 * len(table) + 0.5)
    assert asked - 60 < len(kept) <= asked
    assert json.loads(recipe.read_text())["recipe"]["whole_groups"] == "writer"
    again = tmp_path / "again.csv"
    words = ["prune", str(grouped.path), "--recipe", str(recipe), "--out", str(again)]
    assert main(words) == 0
    assert again.read_bytes() == out.read_bytes()


def test_what_does_not_fit_is_said() -> None:
    groups = groups_of(["one"] * 5 + ["two"] * 6)
    samples = candidates(np.arange(11.0), np.zeros(11, int))
    with pytest.raises(DLCError, match="no whole group fits into 1 sample: the smallest has 5"):
        whole(samples, np.array([3]), groups, seed=0)
    assert Recipe("hardest", whole_groups="writer").as_dict()["whole_groups"] == "writer"
    assert "whole_groups" not in Recipe("hardest").as_dict()
