from __future__ import annotations

import os
from pathlib import Path

from dlc_core.jobs.choosing_order import MOST, expected_seconds, kept_order, order_job, tidy
from dlc_core.recipes import Recipe, run_candidates
from dlc_core.runs import Run


def test_few_orders_are_kept(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.npz").write_bytes(b"")
        os.utime(tmp_path / f"{number}.npz", (number, number))
    tidy(tmp_path)
    left = sorted(int(file.stem) for file in tmp_path.glob("*.npz"))
    assert left == list(range(20 - MOST + 1, 20))


def test_small_sets_are_chosen_at_once(digits_run: Run) -> None:
    samples = run_candidates(digits_run)
    seconds = expected_seconds(samples, Recipe("zcore"))
    assert seconds < 1
    more = Recipe("zcore", parameters={"draws": 100})
    assert expected_seconds(samples, more) == 10 * seconds


def test_one_file_for_each_order(digits_run: Run) -> None:
    samples = run_candidates(digits_run)
    assert kept_order(digits_run, samples, Recipe("zcore")) is None

    def file(name: str, keep_ratio: float, **parameters: float) -> Path:
        recipe = Recipe(name, keep_ratio, parameters=parameters)
        return order_job(digits_run, samples, recipe).file

    assert file("zcore", 0.1) == file("zcore", 0.3) == file("zcore", 0.3, draws=10)
    assert file("zcore", 0.1) != file("zcore", 0.1, draws=11)
    assert file("herding", 0.1) != file("herding", 0.3)  # it goes only as far as asked
    job = order_job(digits_run, samples, Recipe("zcore", parameters={"draws": 11}))
    assert job.arguments[-4:] == ("--set", "draws=11", "--save-order", str(job.file))
