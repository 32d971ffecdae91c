"""The peak of a benchmark's own memory: anonymous pages, files that are mapped apart."""

from __future__ import annotations

import threading
import time
from pathlib import Path


class AnonymousMemory(threading.Thread):
    """Watches the peak of this process's anonymous memory, fifty times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.start_bytes = self.peak_bytes = self.now()

    @staticmethod
    def now() -> int:
        """Return RssAnon in bytes."""
        status = Path("/proc/self/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
        return int(line.split()[1]) * 1024

    def run(self) -> None:
        """Look until the process ends."""
        while True:
            self.peak_bytes = max(self.peak_bytes, self.now())
            time.sleep(0.02)
