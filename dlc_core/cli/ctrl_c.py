"""Ctrl-C that is not lost."""

from __future__ import annotations

import signal
from types import FrameType


class Stop:
    """Remembers that a job was asked to stop.

    A KeyboardInterrupt is raised at once, wherever the job is; where that is a callback inside a
    library (an import of numba's, a finaliser), Python prints it and goes on. So whoever reports a
    step of the job raises it again.
    """

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self.asked = False

    def listen(self) -> Stop:
        """Take SIGINT, which a shell's & would have ignored, and SIGTERM; return itself."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._take)
        return self

    def _take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.asked = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise KeyboardInterrupt if somebody has asked."""
        if self.asked:
            raise KeyboardInterrupt
