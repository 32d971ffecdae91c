"""Progress on a terminal: one line that moves, or a line now and then in a log."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path
from types import TracebackType

from dlc_core.cli.ctrl_c import Stop
from dlc_core.errors import clipped
from dlc_core.records.progress import PHASES, Step, duration, save_step

_BAR = 24
_LOG_SECONDS = 5.0  # between two lines where there is no terminal
_RECORD_SECONDS = 0.2  # between two records of a job


class TerminalReport:
    """Shows steps on stderr; use it as a context manager, so that the line ends."""

    def __init__(self, stop: Stop, *, job: Path | None) -> None:
        """Show nothing yet.

        Args:
            stop: is raised again at each step once it was asked for.
            job: the folder of the records of the job that this process is; None if it is none.
        """
        self._stop, self._job = stop, job
        self._recorded: tuple[str, float] = ("", 0.0)
        self._moving = sys.stderr.isatty()
        self._width = 0
        self._last: tuple[str, float] = ("", 0.0)

    def __enter__(self) -> TerminalReport:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the moving line."""
        if self._width:
            print(file=sys.stderr)

    def line(self, text: str) -> None:
        """Print a line of its own."""
        print(f"dlc: {clipped(text)}", file=sys.stderr, flush=True)

    def __call__(self, step: Step) -> None:
        """Show one step.

        Raises:
            KeyboardInterrupt: if the job was asked to stop.
        """
        self._stop.check()
        self._record(step)
        text = describe(step)
        if self._moving:
            print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
            self._width = len(text)
            return
        phase, when = self._last
        now = time.monotonic()
        if step.phase != phase or now - when >= _LOG_SECONDS or step.done == step.total:
            self._last = (step.phase, now)
            self.line(text)

    def _record(self, step: Step) -> None:
        """Write a step where a page looks for it; a full disk loses no more than that."""
        phase, when = self._recorded
        now = time.monotonic()
        last = step.done == step.total
        if self._job is None or (step.phase == phase and now - when < _RECORD_SECONDS and not last):
            return
        self._recorded = (step.phase, now)
        with contextlib.suppress(OSError):
            save_step(self._job, step)


def describe(step: Step) -> str:
    """Return a step in words, with a bar and the time left where they are known."""
    name = PHASES.get(step.phase, step.phase)
    if not step.total:
        return f"{name}: {step.detail}" if step.detail else f"{name} …"
    filled = _BAR * step.done // step.total
    parts = [f"{name} {'█' * filled}{'░' * (_BAR - filled)} {100 * step.done // step.total:3d} %"]
    parts.append(step.detail or f"{step.done:,}/{step.total:,} {step.unit}")
    if step.eta_seconds is not None and step.done < step.total:
        parts.append(f"{duration(step.eta_seconds)} left")
    return ", ".join(parts)
