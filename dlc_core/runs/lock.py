"""One writer per run: a lock held by the process, never by a file's existence."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlc_core.errors import DLCError

_NAME = ".lock"


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the run's lock; the operating system lets go of it when the process ends.

    Raises:
        DLCError: if another process is writing this run.
    """
    descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(descriptor, fcntl.LOCK_EX, patience=0.5):
            raise DLCError(
                f"{folder} is being written by process {_pid(descriptor) or 'another'}; wait for "
                "it to finish, stop it, or choose another run directory."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def writer_pid(folder: Path) -> int | None:
    """Return the process that is writing this run now, or None."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # One that has just taken the lock has yet to put its number over that of one that crashed.
        until = time.monotonic() + 0.1
        while not _locked(descriptor, fcntl.LOCK_SH, patience=0):
            pid = _pid(descriptor)
            if (pid is not None and _alive(pid)) or time.monotonic() >= until:
                return pid
            time.sleep(0.002)
        return None
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int, *, patience: float) -> bool:
    # A look by `writer_pid` holds the lock for an instant, so a writer asks a few times.
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        else:
            return True


def _pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
