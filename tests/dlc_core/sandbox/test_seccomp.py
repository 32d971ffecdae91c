"""The filter as the kernel would read it, for both machines, of which only one is at hand."""

from __future__ import annotations

import errno

import pytest

from dlc_core.sandbox.seccomp import _instructions

ALLOWED, KILLED = 0x7FFF0000, 0x80000000
REFUSED, NOT_THERE = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PRCTL, AFFINITY = (157, 167), (203, 122)
OPENAT, CLONE, MMAP, PRLIMIT, IOCTL = (257, 56), (56, 220), (9, 222), (302, 261), (16, 29)


def decided(machine: str, number: int, *arguments: int, gpu: bool = False, audit: int = 0) -> int:
    """Return what the filter returns for a call."""
    words = {0: number, 4: audit or AUDIT[machine]}
    for place, value in enumerate(arguments):
        words |= {16 + 8 * place: value & 0xFFFFFFFF, 20 + 8 * place: value >> 32}
    at, value = 0, 0
    program = _instructions(machine, gpu=gpu)
    while True:
        code, true, false, operand = program[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            value = words.get(operand, 0)
        elif code == 0x54:
            value &= operand
        else:
            holds = value == operand if code == 0x15 else value >= operand
            at += true if holds else false


@pytest.mark.parametrize(("place", "machine"), list(enumerate(AUDIT)))
def test_what_is_decided(place: int, machine: str) -> None:
    def said(numbers: tuple[int, int], *arguments: int, gpu: bool = False) -> int:
        return decided(machine, numbers[place], *arguments, gpu=gpu)

    for numbers in ((0, 63), (1, 64), (202, 98), (231, 94)):  # read, write, futex, exit_group
        assert said(numbers) == ALLOWED
    for numbers in ((41, 198), (42, 203), (59, 221), (62, 129), (101, 117), (157, 167), (165, 40)):
        assert said(numbers) == said(numbers, gpu=True) == REFUSED  # socket … prctl, mount
    assert said(OPENAT, 0, 0, 0o2000000) == ALLOWED
    for flags in (1, 2, 0o100, 0o1000, 0o20000002):
        assert said(OPENAT, 0, 0, flags) == REFUSED
        assert said(OPENAT, 0, 0, flags, gpu=True) == ALLOWED  # Landlock says which
    assert said(CLONE, 0x3D0F00) == ALLOWED
    for flags in (17, 0x4111, 0x3D0F00 | 0x10000000, 0x3D0F00 | 0x40000000):
        assert said(CLONE, flags) == said(CLONE, flags, gpu=True) == REFUSED
    assert said(MMAP, 0, 0, 3, 0x22) == ALLOWED
    for flags in (0x21, 0x01, 0x03, 0x122):
        assert said(MMAP, 0, 0, 3, flags) == REFUSED
    assert said(PRLIMIT, 0, 3, 0) == ALLOWED
    for arguments in ((1, 3, 0), (0, 3, 1), (0, 3, 1 << 40)):
        assert said(PRLIMIT, *arguments) == REFUSED
    assert said(PRCTL, 51) == said(AFFINITY, 0) == ALLOWED  # how wide SVE is
    for option in (4, 8, 15, 22, 24, 38, 51 << 32):
        assert said(PRCTL, option) == said(PRCTL, option, gpu=True) == REFUSED
    assert said(AFFINITY, 1) == REFUSED
    if machine == "x86_64":  # AMX
        assert decided(machine, 158, 0x1023, 18) == decided(machine, 158, 0x1022) == ALLOWED
        assert decided(machine, 158, 0x1002) == decided(machine, 158, 0x1024) == REFUSED
    assert said(IOCTL) == REFUSED
    assert said(IOCTL, gpu=True) == ALLOWED
    for number in (425, 435, 437, 1 << 30):  # io_uring, clone3, openat2, those of x32
        assert decided(machine, number) == NOT_THERE
    other = AUDIT["aarch64" if machine == "x86_64" else "x86_64"]
    assert decided(machine, 0, audit=other) == KILLED
