"""A stop that a library swallows is raised again at the next step."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from dlc_core.cli.ctrl_c import Stop
from dlc_core.cli.terminal_progress import TerminalReport
from dlc_core.records.progress import Step


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_swallowed_stop_comes_back(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = Stop().listen()
    report = TerminalReport(stop, job=None)
    report(Step("scoring", 1, 2))
    with contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), number)
        signal.raise_signal(number)  # delivered by now at the latest
    capsys.readouterr()
    with pytest.raises(KeyboardInterrupt):
        report(Step("scoring", 2, 2))
    assert not capsys.readouterr().err


def test_an_ignored_interrupt_is_listened_to() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell's & leaves it
    Stop().listen()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
