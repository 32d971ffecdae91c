"""The doors of a process, closed one after the other, each where the system has it."""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from collections.abc import Collection
from pathlib import Path

# What is closed, and what stays open where it cannot be, for people.
DOORS: dict[str, str] = {
    "landlock": "files (Landlock)",
    "seccomp": "the network and other processes (seccomp)",
    "memory": "memory beyond what is free",
}
_SHARE = 0.75  # of the memory that is free, for what strangers ask for
_LARGEST_STACK = 1 << 26
_OPEN_FILES = {False: 64, True: 1024}  # without and with a GPU
_LIBRARIES = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"),
    *("/usr/local/cuda", "/opt/cuda", "/nix/store", "/gnu/store", "/etc/ld.so.cache"),
)
_MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system", "/dev/urandom")
_GPU = ("/proc/self", "/proc/driver", "/proc/devices", "/proc/sys", "/proc/modules", "/sys")
_GPU_DEVICES = ("nvidia*", "dri", "kfd")


def close_doors(*, gpu: bool = False, skip: Collection[str] = ()) -> list[str]:
    """Close this process's doors for good: no file, no network, no other process, some memory.

    Libraries may still be read (some are loaded late); with a GPU its devices are open and memory
    is not limited, because the driver reserves more than it uses. Call it before there is a second
    thread, with everything imported that the rest of the process needs.

    Args:
        gpu: whether a GPU must work afterwards.
        skip: doors to leave open.

    Returns:
        Those of DOORS that are closed.
    """
    closed = []
    limited = _limit(memory="memory" not in skip and not gpu)
    if "landlock" not in skip and sys.platform == "linux":
        from dlc_core.sandbox.landlock import restrict_files

        if restrict_files(_readable(gpu=gpu), _devices() if gpu else ()):
            closed.append("landlock")
    if "seccomp" not in skip and sys.platform == "linux":
        from dlc_core.sandbox.seccomp import restrict_calls

        if restrict_calls(gpu=gpu):
            closed.append("seccomp")
    return [*closed, *(["memory"] if limited else [])]


def _limit(*, memory: bool) -> bool:
    """Set limits; return whether memory is limited, which only Linux does."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_STACK, _LARGEST_STACK),
        (resource.RLIMIT_NOFILE, _OPEN_FILES[not memory]),
    ):
        _lower(kind, most)
    if not memory or sys.platform != "linux":
        return False
    with contextlib.suppress(OSError):  # where memory runs out, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    from dlc_core.decompression_limits import available_memory

    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        held = 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmData:"))
    except (OSError, ValueError, StopIteration):
        return False
    return _lower(resource.RLIMIT_DATA, held + int(_SHARE * available_memory()))


def _lower(kind: int, most: int) -> bool:
    import resource

    now = [one for one in resource.getrlimit(kind) if one != resource.RLIM_INFINITY]
    limit = min(most, *now) if now else most
    try:
        resource.setrlimit(kind, (limit, limit))
    except (OSError, ValueError):
        return False
    return True


def _readable(*, gpu: bool) -> list[Path]:
    """Return where libraries lie, and what the processor is."""
    import numpy as np
    import torch

    own = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    own |= {str(Path(prefix) / "lib") for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    own |= {place for place in sys.path if place.endswith("-packages")}
    files = (torch.__file__, np.__file__)
    own |= {str(Path(file).resolve().parent) for file in files}
    own |= {str(Path(__file__).resolve().parents[1])}  # dlc_core itself
    own |= {*os.environ.get("LD_LIBRARY_PATH", "").split(":")}
    places = [Path(place) for place in (*own, *_LIBRARIES, *_MACHINE, *(_GPU if gpu else ()))]
    return [place for place in places if place.is_absolute()]


def _devices() -> list[Path]:
    found = [path for pattern in _GPU_DEVICES for path in Path("/dev").glob(pattern)]
    return [*found, Path("/dev/null"), Path("/dev/shm")]  # noqa: S108 - a folder of the driver
