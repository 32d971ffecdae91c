"""Appending whole lines to decisions.jsonl: one writer at a time, safe against a crash."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlc_core.decisions.log import FILE
from dlc_core.errors import DLCError, refused

_LOCK = ".decisions.lock"  # not the run's lock, which a scoring may hold for hours
PLAIN = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # neither a link nor a pipe that waits
_PATIENCE = 20.0  # seconds; a writer needs milliseconds


@contextmanager
def writing(run_path: Path) -> Iterator[None]:
    """Hold the lock of a run's decisions.

    Raises:
        DLCError: if another process keeps it, or it cannot be made.
    """
    try:
        descriptor = os.open(run_path / _LOCK, os.O_RDWR | os.O_CREAT | PLAIN, 0o600)
    except OSError as error:
        raise _unwritten(run_path, error) from error
    try:
        until = time.monotonic() + _PATIENCE
        while not _locked(descriptor, run_path):
            if time.monotonic() >= until:
                raise DLCError(
                    f"another process keeps the decisions of {run_path} locked; end it, try again."
                )
            time.sleep(0.005)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, run_path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system without locks
        raise _unwritten(run_path, error) from error
    return True


def append(file: Path, line: bytes) -> None:
    """Append a line, or several; on the disk when this returns, else the file is as before.

    Args:
        file: the log; hold the lock of its run.
        line: with its line break.

    Raises:
        DLCError: if it cannot be written.
    """
    created = not file.exists()
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | PLAIN, 0o600)
    except OSError as error:
        raise _unwritten(file.parent, error) from error
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line  # a writer was killed within its line
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise _unwritten(file.parent, error) from error
    finally:
        os.close(descriptor)
    if created:
        _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems cannot
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unwritten(run_path: Path, error: OSError) -> DLCError:
    return DLCError(f"the decision was not saved: {refused(run_path / FILE, error)}")
