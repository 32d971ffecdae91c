from __future__ import annotations

from pathlib import Path

import numpy as np

from dlc_core.analysis.compare_subsets import BOTH, NEITHER, ONLY_A, ONLY_B, pair_of
from dlc_core.analysis.run_view import view_of
from dlc_core.recipes import Recipe, select
from dlc_core.runs import Run


def test_each_sample_is_in_one_part(digits_run: Run, digits_runs: Path) -> None:
    view = view_of(Run.open(digits_runs / "digits-demo"))
    kept = select(digits_run, strategy="hardest", keep_ratio=0.4)
    other = select(digits_run, strategy="easiest", keep_ratio=0.7)
    pair = pair_of(view, kept, "other", other)
    a, b = set(kept.positions.tolist()), set(other.positions.tolist())
    expected = {BOTH: a & b, ONLY_A: a - b, ONLY_B: b - a}
    for part, rows in expected.items():
        assert set(np.flatnonzero(pair.codes == part).tolist()) == rows
        assert pair.counts[part] == len(rows)
    assert pair.counts[NEITHER] == len(digits_run.samples) - len(a | b)
    assert pair.counts[BOTH] > 0
    assert (pair.a.letter, pair.b.name) == ("A", "other")
    assert pair.b.recipe == Recipe("easiest", 0.7)


def test_chance_is_what_random_subsets_share(digits_run: Run, digits_runs: Path) -> None:
    view = view_of(Run.open(digits_runs / "digits-demo"))
    drawn = [
        pair_of(
            view,
            select(digits_run, strategy="random", keep_ratio=0.3, seed=seed),
            "other",
            select(digits_run, strategy="random", keep_ratio=0.5, seed=seed + 100),
        )
        for seed in range(20)
    ]
    shared = np.mean([pair.counts[BOTH] for pair in drawn])
    assert abs(shared - drawn[0].by_chance) < 0.05 * drawn[0].by_chance
