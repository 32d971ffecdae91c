"""Asking the process that scores a run to end with the masks that are done."""

from __future__ import annotations

from pathlib import Path

_MARKER = "finish"


def ask_to_finish(run: Path) -> None:
    """Leave word in the folder of unfinished work; without one there is nothing to finish."""
    folder = run / "work"
    if folder.is_dir():
        (folder / _MARKER).touch()


def finish_asked(run: Path) -> bool:
    """Return whether someone asked."""
    return (run / "work" / _MARKER).exists()


def withdraw_finish(run: Path) -> None:
    """Forget that someone asked."""
    (run / "work" / _MARKER).unlink(missing_ok=True)
