from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dlc_core import jobs
from dlc_core.analysis.run_view import view_of
from dlc_core.atomic_files import write_json
from dlc_core.cli import main
from dlc_core.decisions import record
from dlc_core.jobs.choosing_arm import cancel, choosing_of, command, start
from dlc_core.records.outcome import Outcome, save_outcome
from dlc_core.runs import Run


def test_where_a_choice_stands(
    digits_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.open(shutil.copytree(digits_run.path, tmp_path / "run"))
    view, asked = view_of(run), ("trimmed:auto", 0.1)
    started: list[list[str]] = []
    keys: list[Path] = []

    def begin(words: list[str], *, run: Path) -> None:
        started.append(words)
        keys.append(run)

    assert choosing_of(view, *asked).state == "none"
    monkeypatch.setattr(jobs, "start", begin)
    start(view, *asked)
    assert started == [command(view, *asked)]
    assert started[0] == ["auto", str(run.path), "--strategy", "trimmed:auto", "--keep", "0.1"]
    cancel(view, *asked)  # there is none
    records = keys[0].parent / ".jobs" / keys[0].name
    records.mkdir(parents=True)
    write_json(records / "job.json", {"arguments": started[0], "pid": 2**30, "born": "never"})
    for outcome, state in (
        (Outcome("failed", 2, message="no"), "failed"), (Outcome("stopped", 130), "stopped")
    ):  # fmt: skip
        save_outcome(records, outcome)
        now = choosing_of(view, *asked)
        assert (now.state, now.message) == (state, outcome.message)
    assert main(started[0]) == 0
    now = choosing_of(view, *asked)
    assert now.state == "done"
    assert now.choice is not None
    save_outcome(records, Outcome("done", 0))
    record(run.path, [1], by="t", verdict="pin")
    assert choosing_of(view, *asked).state == "none"  # it was of the run as it was
