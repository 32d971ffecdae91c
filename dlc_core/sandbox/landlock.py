"""Landlock: from now on this process opens only the files below some paths (Linux 5.13 on).

Reference: the kernel's Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from dlc_core.sandbox.syscalls import no_new_privileges, syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on all machines
_VERSION = 1  # flag: say which version the kernel has
_BELOW = 1  # kind of rule: a path and all below it
_WRITE_FILE, _READ_FILE, _READ_DIR, _DEVICE = 1 << 1, 1 << 2, 1 << 3, 1 << 15
# All that each version can refuse: accesses to files, to TCP, and signals and abstract sockets.
_FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP, _TCP_SINCE = 0b11, 4
_SCOPES, _SCOPES_SINCE = 0b11, 6


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("tcp", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


class _Rule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("place", ctypes.c_int32))


def landlock_version() -> int:
    """Return the version of Landlock that the kernel offers, 0 where it offers none."""
    return max(0, syscall(_CREATE, None, 0, _VERSION))


def restrict_files(readable: Iterable[Path], writable: Iterable[Path] = ()) -> bool:
    """Let this thread, and those it starts, read below some paths and do nothing else to files.

    Nothing may be written or made, no program started, and where the kernel knows how, no TCP
    connection made and no signal sent to other processes. Threads that run already keep
    their rights, so there must be none.

    Args:
        readable: what may be read; what is not there is left out.
        writable: devices that may be written to besides.

    Returns:
        Whether it holds.
    """
    version = landlock_version()
    if not version or not _alone() or not no_new_privileges():
        return False
    files = _FILES[max(known for known in _FILES if known <= version)]
    ruleset = _Ruleset(
        files,
        _TCP if version >= _TCP_SINCE else 0,
        _SCOPES if version >= _SCOPES_SINCE else 0,
    )
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _TCP_SINCE else 8
    handle = syscall(_CREATE, ctypes.byref(ruleset), size, 0)
    if handle < 0:
        return False
    try:
        reading, writing = _READ_FILE | _READ_DIR, _READ_FILE | _WRITE_FILE | _DEVICE
        rules = [*((path, reading) for path in readable), *((path, writing) for path in writable)]
        if not all(_allowed(handle, path, rights & files) for path, rights in rules):
            return False
        return syscall(_RESTRICT, handle, 0) == 0
    finally:
        os.close(handle)


def _alone() -> bool:
    """Whether this process has one thread only."""
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - no paths are wanted
    except OSError:
        return False


def _allowed(handle: int, path: Path, rights: int) -> bool:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return True  # what is not there needs no rule
    try:
        if not path.is_dir():
            rights &= ~_READ_DIR
        rule = _Rule(rights, place)
        return syscall(_ADD, handle, _BELOW, ctypes.byref(rule), 0) == 0
    finally:
        os.close(place)
