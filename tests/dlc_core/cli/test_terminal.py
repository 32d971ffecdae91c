"""Lines of a log come as often as they are watched, and no more often."""

from __future__ import annotations

import pytest

from dlc_core.cli.stopping import Stop
from dlc_core.cli.terminal import WATCHED, TerminalReport
from dlc_core.runs.progress import Step


@pytest.mark.parametrize(("every", "lines"), [(None, 5), (WATCHED, 21)])
def test_a_log_moves_now_and_then(
    every: float | None, lines: int, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    now = 100.0
    monkeypatch.setattr("dlc_core.cli.terminal.time.monotonic", lambda: now)
    given = {} if every is None else {"log_seconds": every}
    with TerminalReport(Stop(), **given) as report:
        for tenth in range(201):  # twenty seconds
            now = 100.0 + tenth / 10
            report(Step("zip", tenth, 1000))
    assert len(capsys.readouterr().err.splitlines()) == lines
