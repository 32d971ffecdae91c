"""How a command ended is a record, whatever it says in words."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from dlc_core.cli import main
from dlc_core.records.outcome import Outcome, outcome_of, read_outcome, save_outcome
from dlc_core.runs import Run

WHOLE = asdict(Outcome("done", 0, ("x",), counts={"faults": 1}))
ODD = [
    json.dumps({**WHOLE, **change})
    for change in (
        {"status": "odd"}, {"status": None}, {"argv": 3}, {"argv": [3]}, {"message": ["x"]},
        {"counts": [1]}, {"counts": {"faults": "1"}}, {"counts": {"faults": True}},
        {"exit_code": "0"}, {"product": 1},
    )
]  # fmt: skip


def test_a_record_comes_back_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    one = Outcome("partial", 0, ("score", "x"), "", "/runs/x", {"samples": 3, "faults": 1})
    save_outcome(tmp_path, one)
    assert read_outcome(tmp_path) == one
    for text in ("", "{", "[]", "{}", '{"status": "odd"}', *ODD):
        (tmp_path / "outcome.json").write_text(text)
        assert read_outcome(tmp_path) is None, text
    assert read_outcome(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("code", "told", "status"),
    [
        (0, {}, "done"),
        (0, {"samples": 3, "faults": 0}, "done"),
        (0, {"faults": 1}, "partial"),
        (0, {"faults": [{"path": "a"}]}, "partial"),
        (2, {}, "failed"),
        (1, {}, "failed"),
        (130, {"faults": 1}, "stopped"),
    ],
)
def test_status(code: int, told: dict[str, object], status: str) -> None:
    assert outcome_of(told, exit_code=code, argv=()).status == status


def test_commands_write_it(
    digits_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tmp_path / "job"
    job.mkdir()

    def outcome(*argv: str) -> Outcome:
        monkeypatch.setenv("DLC_JOB", str(job))
        main(argv)
        found = read_outcome(job)
        assert found is not None
        assert found.argv == argv
        (job / "outcome.json").unlink()
        return found

    out = str(tmp_path / "kept.csv")
    kept = outcome("prune", str(digits_run.path), "--keep", "0.1", "--out", out)
    assert (kept.status, kept.exit_code, kept.product) == ("done", 0, out)
    assert kept.counts["kept"] == 180
    again = outcome("prune", str(digits_run.path), "--keep", "0.1", "--out", out)
    assert (again.status, again.exit_code) == ("failed", 2)
    assert "exists already" in again.message
    assert outcome("nonsense").exit_code == 2
    monkeypatch.setattr("dlc_core.cli.info.run", lambda _options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        outcome("info", str(digits_run.path))
    fault = read_outcome(job)
    assert fault is not None
    assert (fault.status, fault.exit_code) == ("failed", 1)
    assert "division by zero" in fault.message
