"""A handful of flips of the benchmark; the whole takes hours."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.corruption import make_run, measure, table_of
from tests.conftest import MakeOnce


def test_no_flip_ends_in_a_traceback_or_changes_a_result_without_a_word(
    make_once: MakeOnce, tmp_path: Path
) -> None:
    folder = shutil.copytree(make_once("full-run", make_run), tmp_path / "made")
    commands = ("verify", "herding", "copies", "decisions")
    found = measure(folder / "runs" / "run", flips=1, pages=0, seed=1, commands=commands)
    assert [fault for told in found.values() for fault in told.faults] == []
    assert len(found) > 25
    told = {name for name, told in found.items() if told.counts["told"] == 1}
    # The last line of measurements without its line break is one that is being written.
    may = (".sum", "cells.jsonl")
    assert {name for name in found if not name.endswith(may)} <= told
    assert f"| all | {len(found)} |" in table_of(found)
