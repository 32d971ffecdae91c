"""One writer per run: a lock held by the process, never by a file's existence."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlc_core.errors import DLCError

_PLAIN = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # neither a link nor a pipe that waits
_NAME = ".lock"
_PATIENCE = 0.5  # seconds that a writer waits for another to end
_LOOKED_AT = 30.0  # seconds that it lets looks keep it waiting
_UNNUMBERED = 2.0  # seconds that a look waits for a writer's number


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the run's lock; the operating system lets go of it when the process ends.

    Raises:
        DLCError: if another process is writing this run.
    """
    descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | _PLAIN, 0o600)
    try:
        if not _taken(descriptor):
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
        descriptor = os.open(folder / _NAME, os.O_RDWR | _PLAIN)
    except OSError:
        return None
    try:
        # One that has just taken the lock has yet to put its number over that of one that crashed;
        # on a busy machine that may take a while.
        until = time.monotonic() + _UNNUMBERED
        while not _locked(descriptor, fcntl.LOCK_SH):
            pid = _pid(descriptor)
            if (pid is not None and _alive(pid)) or time.monotonic() >= until:
                return pid
            time.sleep(0.002)
        return None
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Take the lock; only another writer keeps it from us, looks are waited for."""
    begun = time.monotonic()
    while not _locked(descriptor, fcntl.LOCK_EX):
        # Looks hold it for an instant, together; a writer holds it alone, so none can look.
        looked_at = _locked(descriptor, fcntl.LOCK_SH)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        if time.monotonic() - begun >= (_LOOKED_AT if looked_at else _PATIENCE):
            return False
        time.sleep(0.002 if looked_at else 0.02)
    return True


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError:
        return False
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
