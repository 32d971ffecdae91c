from __future__ import annotations

from pathlib import Path

from dlc_core.analysis.run_view import view_of
from dlc_core.evidence.compatible_runs import fitting_runs
from dlc_core.runs import Run

from .test_validity import copy


def test_runs_of_the_same_backbone_and_classes_fit(digits_run: Run, tmp_path: Path) -> None:
    runs, run, other = (
        tmp_path,
        copy(digits_run, tmp_path / "one"),
        {"fingerprint": "another", "root": "another"},
    )
    copy(digits_run, runs / "same")  # the very same data
    copy(digits_run, runs / "test", dataset=other)
    copy(digits_run, runs / "few", dataset={**other, "classes": ["0", "1"]})
    copy(digits_run, runs / "more", dataset={**other, "classes": ["0", "dog"]})
    copy(digits_run, runs / "else", dataset=other, backbone={"digest": "another"})
    (runs / "broken").mkdir()
    (runs / "broken" / "run.json").write_text('{"status": "done"}')
    assert set(fitting_runs(view_of(Run.open(run)))) == {"test", "few"}
