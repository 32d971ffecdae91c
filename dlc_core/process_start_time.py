"""When a process began: a number of one that has ended is given to another, at another time."""

from __future__ import annotations

import subprocess
from pathlib import Path


def birth_of(pid: int) -> str | None:
    """Return a mark of when a process began, or None if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None if Path("/proc/self").exists() else _elsewhere(pid)
    return None if fields[0] == "Z" else fields[19]


def _elsewhere(pid: int) -> str | None:
    # Systems without /proc: ps knows.
    try:
        result = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],  # noqa: S607 - wherever ps lies
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return result.stdout.strip() or None
