"""What somebody would try who had taken over the process of a program; each fails behind its doors.

It runs where the program would (`serve` takes its place), so it is no test by itself.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from dlc_core.backbones import program_frames as frames


class Given:
    """What the attempts aim at: a folder with a canary, a port that listens, the parent, a size."""

    def __init__(self, folder: str, port: int, parent: int, size: int) -> None:
        self.folder, self.port, self.parent, self.size = Path(folder), port, parent, size
        self.canary = self.folder / "canary.txt"


Attempt = Callable[[Given], object]


def _call(number: int, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _descendant() -> None:
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}), 0)


def _connect(g: Given) -> None:
    with socket.create_connection(("127.0.0.1", g.port)):
        pass


def _udp(g: Given) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"x", ("127.0.0.1", g.port))


def _unix_socket(_g: Given) -> None:
    for one in socket.socketpair():
        one.close()


def _memory(g: Given) -> None:
    bytearray(g.size)


def _shared_memory(g: Given) -> None:
    mmap.mmap(-1, 1 << 20, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)


def _raise_limit(_g: Given) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


def _write(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"evil")


READING: dict[str, Attempt] = {
    "read the canary": lambda g: g.canary.read_text(),
    "read /etc/passwd": lambda _g: Path("/etc/passwd").read_text(),
    "list a folder": lambda g: list(g.folder.iterdir()),
    "list homes": lambda _g: list(Path("/home").iterdir()),
    "load a library": lambda g: ctypes.CDLL(str(g.folder / "library.so")),
    "the parent's environment": lambda g: Path(f"/proc/{g.parent}/environ").read_bytes(),
    "the parent's memory": lambda g: Path(f"/proc/{g.parent}/mem").open("rb").close(),
    "the own environment": lambda _g: Path("/proc/self/environ").read_bytes(),
}
WRITING: dict[str, Attempt] = {
    "write a file": lambda g: _write(g.folder / "evil.txt"),
    "write the canary": lambda g: _write(g.canary),
    "write beside this": lambda _g: _write(Path(frames.__file__)),
    "truncate": lambda g: os.truncate(g.canary, 0),
    "remove": lambda g: g.canary.unlink(),
    "rename": lambda g: g.canary.rename(g.folder / "evil.txt"),
    "a folder": lambda g: (g.folder / "evil").mkdir(),
    "a link": lambda g: (g.folder / "evil").symlink_to("/etc"),
    "a hard link": lambda g: os.link(g.canary, g.folder / "evil"),
    "rights": lambda g: g.canary.chmod(0o777),
    "times": lambda g: os.utime(g.canary, (0, 0)),
    "a pipe": lambda g: os.mkfifo(g.folder / "evil"),
    "another folder": lambda g: os.chdir(g.folder),
}
CALLING: dict[str, Attempt] = {
    "TCP": _connect,
    "UDP": _udp,
    "a UNIX socket": _unix_socket,
    "fork": lambda _g: _fork(),
    "execve": lambda _g: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "subprocess": lambda _g: subprocess.run([sys.executable, "-c", ""], check=True),
    "posix_spawn": lambda _g: _descendant(),
    "kill the parent": lambda g: os.kill(g.parent, signal.SIGTERM),
    "a signal to nobody": lambda g: os.kill(g.parent, 0),
    "raise a limit": _raise_limit,
    "the parent's limits": lambda g: resource.prlimit(
        g.parent,
        resource.RLIMIT_CORE,
        (0, 0),
    ),
    "a file in memory": lambda _g: os.close(os.memfd_create("evil")),
    "an event": lambda _g: os.close(os.eventfd(0)),
    "priority": lambda _g: os.nice(1),
    "the parent's processors": lambda g: os.sched_setaffinity(g.parent, {0}),
    "another root": lambda _g: os.chroot("/"),
    "clone3": lambda _g: _call(435, 0, 0),
    "io_uring": lambda _g: _call(425, 1, 0),
    "openat2": lambda _g: _call(437, 0, 0, 0, 0),
    "pidfd_open": lambda g: _call(434, g.parent, 0),
    "x32": lambda _g: _call(0x40000000 + 39),
    "new namespaces": lambda _g: _call({"x86_64": 272}.get(os.uname().machine, 97), 0x50000000),
}
MEMORY: dict[str, Attempt] = {
    "memory": _memory,
    "shared memory": _shared_memory,
}
ATTEMPTS = {**READING, **WRITING, **CALLING, **MEMORY}


def outcome(name: str, given: Given) -> str:
    """Try something; return "done" or how it failed."""
    try:
        ATTEMPTS[name](given)
    except (OSError, MemoryError, ValueError, subprocess.SubprocessError) as error:
        return f"refused: {type(error).__name__}: {error}"
    return "done"


def serve(source: FileIO, sink: FileIO) -> None:
    """Take what to aim at, then try what is asked for."""
    given = Given(**frames.take_json(source))
    while True:
        frames.put_word(sink, frames.OTHER, text=outcome(frames.take_json(source), given))
