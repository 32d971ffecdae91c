"""Calls of the Linux kernel by number."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

_NO_NEW_PRIVILEGES, _PARENT_DEATH = 38, 1  # of prctl


@cache
def _library() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: Any) -> int:
    """Call the kernel; return what it returned, -1 for an error."""
    call = _library().syscall
    call.restype = ctypes.c_long
    # Whole numbers as long: C's variable arguments would leave half of a register as it was.
    plain = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(call(ctypes.c_long(number), *plain))


def no_new_privileges() -> bool:
    """Give up that starting a program could ever give more rights; return whether it holds."""
    return _prctl(_NO_NEW_PRIVILEGES, 1)


def end_with_parent(number: int) -> bool:
    """Be sent a signal when the thread ends that started this process."""
    return _prctl(_PARENT_DEATH, number)


def _prctl(option: int, value: int) -> bool:
    rest = [ctypes.c_ulong(one) for one in (value, 0, 0, 0)]
    return int(_library().prctl(ctypes.c_int(option), *rest)) == 0
