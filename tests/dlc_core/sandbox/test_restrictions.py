"""What was tried from inside a program's process, and did not work."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from numpy.random import bit_generator

from dlc_core.backbones import program_frames as frames
from dlc_core.backbones.program_start import Child, _started
from dlc_core.decompression_limits import available_memory
from tests.dlc_core.sandbox.attempts import (
    CALLING,
    MEMORY,
    READING,
    WRITING,
    Attempt,
    Given,
    outcome,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these doors")
CANARY = "untouched"
_START = (
    "import json, sys; given = json.loads(sys.argv[1]); sys.path[:] = given['path']; "
    "from dlc_core.backbones import program_child; "
    "from tests.dlc_core.sandbox.attempts import serve; "
    "program_child.serve = serve; program_child.main(given)"
)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    """A folder with a canary and a library, and a port that listens."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "canary.txt").write_text(CANARY)
    shutil.copy(str(bit_generator.__file__), folder / "library.so")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        yield Given(str(folder), port, os.getpid(), available_memory())


@pytest.fixture(scope="module")
def child(given: Given) -> Iterator[Child]:
    """The process of a program as every scoring starts it, which tries things instead."""
    aims = {"folder": str(given.folder), "port": given.port, "parent": given.parent}
    found = Child("cpu", {**aims, "size": given.size}, start=_START)
    yield found
    found.stop()


@pytest.mark.parametrize(
    ("door", "attempts"),
    [("landlock", READING), ("seccomp", WRITING), ("seccomp", CALLING), ("memory", MEMORY)],
    ids=["reading", "writing", "calling", "memory"],
)
def test_nothing_is_reached(
    door: str, attempts: dict[str, Attempt], child: Child, given: Given
) -> None:
    if door not in child.closed:
        pytest.skip(f"this kernel does not offer {door}")
    found = {}
    for name in attempts:
        frames.put_json(child._sink, name)
        found[name] = frames.take_reply(child._source, 0)[3]
    assert {name: said for name, said in found.items() if not said.startswith("refused")} == {}
    assert given.canary.read_text() == CANARY
    assert sorted(path.name for path in given.folder.iterdir()) == ["canary.txt", "library.so"]
    assert child._process.poll() is None


@pytest.mark.parametrize(
    "name",
    [
        *("read the canary", "read /etc/passwd", "list a folder", "load a library", "TCP", "UDP"),
        *("the parent's environment", "a UNIX socket", "posix_spawn", "shared memory"),
        *("a file in memory", "a signal to nobody", "another folder"),
    ],
)
def test_the_same_succeeds_elsewhere(
    name: str, given: Given, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert outcome(name, given) == "done"


def test_no_secret_is_inherited(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLC_TOKEN", "secret")
    process = _started("import os, sys; sys.stdout.write(' '.join(os.environ))", {})
    names = process.communicate()[0].decode().split()
    assert "DLC_TOKEN" not in names
    assert "HOME" not in names
    assert "OMP_NUM_THREADS" in names
