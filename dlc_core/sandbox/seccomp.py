"""seccomp: from now on the kernel does for this process only what computing needs (Linux).

Everything that is not on the list is refused: sockets, other programs and processes, signals,
writing, mounting, tracing, raising limits.
Reference: the kernel's Documentation/userspace-api/seccomp_filter.rst.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import sys
from dataclasses import dataclass

from dlc_core.sandbox.syscalls import no_new_privileges, syscall

# number: on x86_64, on aarch64 (None = it has no such call).
_NUMBERS: dict[str, tuple[int | None, int]] = {
    **{"read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66)},
    **{"pread64": (17, 67), "lseek": (8, 62), "close": (3, 57), "openat": (257, 56)},
    **{"fstat": (5, 80), "newfstatat": (262, 79), "statx": (332, 291), "faccessat": (269, 48)},
    **{"readlinkat": (267, 78), "getdents64": (217, 61), "fcntl": (72, 25)},
    **{"mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216)},
    **{"madvise": (28, 233), "brk": (12, 214), "get_mempolicy": (239, 236)},
    **{"membarrier": (324, 283), "clone": (56, 220), "futex": (202, 98), "rseq": (334, 293)},
    **{"set_robust_list": (273, 99), "sched_yield": (24, 124), "getcpu": (309, 168)},
    **{"sched_getaffinity": (204, 123), "sched_setaffinity": (203, 122), "prctl": (157, 167)},
    "sched_getparam": (143, 121),
    **{"sched_getscheduler": (145, 120), "prlimit64": (302, 261), "getrusage": (98, 165)},
    **{"sysinfo": (99, 179), "uname": (63, 160), "getrandom": (318, 278)},
    **{"getpid": (39, 172), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175)},
    **{"getgid": (104, 176), "getegid": (108, 177), "gettimeofday": (96, 169)},
    **{"clock_gettime": (228, 113), "clock_getres": (229, 114), "nanosleep": (35, 101)},
    **{"clock_nanosleep": (230, 115), "restart_syscall": (219, 128), "rt_sigaction": (13, 134)},
    **{"rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132)},
    **{"exit": (60, 93), "exit_group": (231, 94)},
}
_NUMBERS_X86_64 = {"arch_prctl": 158, "stat": 4, "lstat": 6, "access": 21, "readlink": 89}
# What a GPU's driver needs besides, which has files and memory of its own.
_NUMBERS_GPU: dict[str, tuple[int | None, int]] = {
    **{"ioctl": (16, 29), "ppoll": (271, 73), "eventfd2": (290, 19), "pipe2": (293, 59)},
    **{"mlock": (149, 228), "munlock": (150, 229), "mbind": (237, 235), "poll": (7, 73)},
    "set_mempolicy": (238, 237),
}
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, AUDIT_ARCH
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_NEW = 424  # from here on numbers are the same everywhere, and libraries know what to do without


@dataclass(frozen=True)
class _Check:
    """The lower half of an argument, or the upper one, of which some bits must be these."""

    argument: int
    mask: int
    value: int
    upper: bool = False


_NEW_SPACES = 0x7E020000  # CLONE_NEW…
_CHECKS: dict[str, tuple[_Check, ...]] = {
    # Threads only; clone3 hides its flags, so it is said not to be there.
    "clone": (_Check(0, _NEW_SPACES | 0x10000, 0x10000),),
    "openat": (_Check(2, 0o1103, 0),),  # to read: no O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
    "mmap": (_Check(3, 0x10F, 2),),  # private and no stack: that counts as data (RLIMIT_DATA)
    "fcntl": (_Check(1, ~3 & 0xFFFFFFFF, 0),),  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL
    "sched_setaffinity": (_Check(0, 0xFFFFFFFF, 0),),  # of the thread itself
    # What a processor has: how wide SVE is (PR_SVE_GET_VL); AMX, which must be asked for.
    "prctl": (_Check(0, 0xFFFFFFFF, 51),),
    "arch_prctl": (_Check(0, 0xFFFFFFFE, 0x1022),),
    # To read one's own limits.
    "prlimit64": (
        _Check(0, 0xFFFFFFFF, 0),
        _Check(2, 0xFFFFFFFF, 0),
        _Check(2, 0xFFFFFFFF, 0, upper=True),
    ),
}
# A driver writes to its devices and shares memory with them.
_CHECKS_GPU = {
    name: one for name, one in _CHECKS.items() if name not in ("openat", "mmap", "fcntl")
}

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_FILTER, _ALL_THREADS = 1, 1  # SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("true", ctypes.c_uint8),
        ("false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction)))


def restrict_calls(*, gpu: bool) -> bool:
    """Let all threads of this process, from now on, make only the listed calls of the kernel.

    Args:
        gpu: whether a GPU's driver must work: devices and memory of its own.

    Returns:
        Whether it holds; not on other systems and machines than Linux on x86_64 and aarch64.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _MACHINES or sys.maxsize < 1 << 32:
        return False
    if sys.byteorder != "little" or not no_new_privileges():
        return False
    instructions = _instructions(machine, gpu=gpu)
    array = (_Instruction * len(instructions))(*(_Instruction(*one) for one in instructions))
    program = _Program(len(instructions), array)
    return syscall(_SECCOMP[machine], _FILTER, _ALL_THREADS, ctypes.byref(program)) == 0


def _instructions(machine: str, *, gpu: bool) -> list[tuple[int, int, int, int]]:
    column, audit = _MACHINES[machine]
    refuse = (_RETURN, 0, 0, _ERROR | errno.EPERM)
    program = [
        *[(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, audit), (_RETURN, 0, 0, _KILL)],
        (_LOAD, 0, 0, 0),
    ]
    listed = {name: both[column] for name, both in _NUMBERS.items()}
    if gpu:
        listed |= {name: both[column] for name, both in _NUMBERS_GPU.items()}
    if machine == "x86_64":
        listed |= _NUMBERS_X86_64
    for name, number in listed.items():
        if number is None:
            continue
        body: list[tuple[int, int, int, int]] = []
        for check in (_CHECKS_GPU if gpu else _CHECKS).get(name, ()):
            place = 16 + 8 * check.argument + 4 * check.upper
            body += [(_LOAD, 0, 0, place), (_AND, 0, 0, check.mask), (_EQUAL, 1, 0, check.value)]
            body.append(refuse)
        body.append((_RETURN, 0, 0, _ALLOW))
        program += [(_EQUAL, 0, len(body), number), *body]
    not_there = (_RETURN, 0, 0, _ERROR | errno.ENOSYS)
    return [*program, (_AT_LEAST, 0, 1, _NEW), not_there, refuse]
