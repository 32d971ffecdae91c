"""Lines of a log come now and then, records of a job several times a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlc_core.cli import terminal_progress
from dlc_core.cli.ctrl_c import Stop
from dlc_core.records.progress import Step


def test_a_log_moves_now_and_then_and_the_record_always(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = 100.0
    saved: list[Step] = []
    monkeypatch.setattr(terminal_progress, "save_step", lambda _folder, step: saved.append(step))
    monkeypatch.setattr("dlc_core.cli.terminal_progress.time.monotonic", lambda: now)
    with terminal_progress.TerminalReport(Stop(), job=tmp_path) as report:
        for tenth in range(201):  # twenty seconds
            now = 100.0 + tenth / 10
            report(Step("zip", tenth, 1000))
    assert len(capsys.readouterr().err.splitlines()) == 5
    assert 67 <= len(saved) <= 101
    assert saved[-1].done >= 198
