"""A real server, alone and behind the nginx of docs/proxy.md: whom it answers, and how fast."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME = "dash.example.org"
# Notes whatever is looked up or connected to; what is not on loopback hangs, as behind a firewall.
RECORDER = """
import os, socket, time
LOCAL = {None, "", "127.0.0.1", "localhost", "::1"}
def note(name):
    host = name[0] if isinstance(name, tuple) else name
    if host in LOCAL or isinstance(name, (str, bytes)) and str(name).startswith("/"):
        return
    with open(os.environ["LOOKED_UP"], "a") as file:
        file.write(f"{host}\\n")
    time.sleep(5)
    raise OSError("dropped")
for owner, function in [(socket, n) for n in ("getaddrinfo", "gethostbyname", "gethostbyname_ex")]:
    def wrapped(name, *rest, _real=getattr(owner, function), **more):
        note(name)
        return _real(name, *rest, **more)
    setattr(owner, function, wrapped)
class Watched(socket.socket):
    def connect(self, address):
        note(address)
        return super().connect(address)
socket.socket = Watched
"""


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def status(port: int, path: str = "/dlc/", *, upgrade: bool = False, **headers: str) -> int:
    """Return the status of the answer to a GET, or to a WebSocket's handshake."""
    lines = [f"GET {path} HTTP/1.1"]
    if upgrade:
        path = "/dlc/_stcore/stream"
        lines = [
            f"GET {path} HTTP/1.1", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]  # fmt: skip
    lines.append("Connection: Upgrade" if upgrade else "Connection: close")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        first = connection.makefile("rb").readline()
    return int(first.split()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120  # the machine may be busy
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError, IndexError):
            if status(port, "/dlc/_stcore/health", Host="127.0.0.1") in (200, 400):
                return
        time.sleep(0.05)
    pytest.fail("the server did not start")


@dataclass(frozen=True)
class Server:
    port: int
    looked_up: Path
    log: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`dlc app --base-url /dlc --allow-host dash.example.org`, on a folder of no runs."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(RECORDER)
    (port,) = free_ports(1)
    known = Server(port, folder / "looked-up", folder / "log")
    known.looked_up.touch()
    environment = {
        **os.environ, "PYTHONPATH": f"{folder / 'site'}{os.pathsep}{ROOT}",
        "LOOKED_UP": str(known.looked_up), "HOME": str(folder),
    }  # fmt: skip
    words = ["app", str(folder / "runs"), "--port", str(port), "--no-browser"]
    words += ["--base-url", "/dlc", "--allow-host", NAME, "--token", "none"]
    with known.log.open("wb") as log, subprocess.Popen(
        [sys.executable, "-m", "dlc_core", *words], env=environment, stdout=log, stderr=log
    ) as process:  # fmt: skip
        try:
            wait_for(port, process)
            yield known
        finally:
            process.terminate()
    assert known.looked_up.read_text() == ""


def test_the_recorder_sees_a_look_up(server: Server, tmp_path: Path) -> None:
    code = "import socket, time; time.sleep = lambda _: None; socket.getaddrinfo('x.example', 80)"
    found = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(server.looked_up.parent / "site"),
             "LOOKED_UP": str(tmp_path / "seen")},
    )  # fmt: skip
    assert b"dropped" in found.stderr
    assert (tmp_path / "seen").read_text() == "x.example\n"


def test_who_is_answered(server: Server) -> None:
    own = f"127.0.0.1:{server.port}"
    for host in (own, f"localhost:{server.port}", NAME, f"{NAME}:8443", "DASH.example.org."):
        assert status(server.port, Host=host) == 200
        assert status(server.port, upgrade=True, Host=host) == 101
    for host in ("other.example", "0.0.0.0", f"evil.{NAME}"):
        assert status(server.port, Host=host) == 400
        assert status(server.port, upgrade=True, Host=host) == 400
    for origin in (f"http://{own}", f"https://{NAME}", f"https://{NAME}:8443"):
        assert status(server.port, upgrade=True, Host=own, Origin=origin) == 101


def test_a_foreign_page_is_refused_at_once_and_nobody_waits(server: Server) -> None:
    own = f"127.0.0.1:{server.port}"
    foreign = ("http://evil.example", "null", "http://localhost:1", f"http://{NAME}.evil.example")
    for origin in foreign:
        for host in (own, NAME):
            assert status(server.port, upgrade=True, Host=host, Origin=origin) == 403
            assert status(server.port, Host=host, Origin=origin) == 403
    assert status(server.port, "/dlc/_stcore/health", Host=own) == 200
    assert server.looked_up.read_text() == ""
    assert server.log.read_text().count("--allow-host evil.example.") == 1


def nginx() -> str:
    """Return the path of nginx; it is often where only the administrator's shell looks."""
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip("nginx is not on this machine (Debian: apt-get install nginx-light)")
    return path


def of_docs(listens: int, serves: int, text: str) -> str:
    """Return a server block of the docs, on loopback and without TLS."""
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{listens};")
    text = re.sub(r"\n *ssl_certificate[^\n]*", "", text)
    assert text.count("127.0.0.1:8501") == 1
    return text.replace("127.0.0.1:8501", f"127.0.0.1:{serves}")


@pytest.mark.parametrize("which", [0, 1], ids=["keeps Host", "has its own Host"])
def test_the_nginx_of_the_docs(server: Server, tmp_path: Path, which: int) -> None:
    program = nginx()
    blocks = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "proxy.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    (port,) = free_ports(1)
    folders = "".join(
        f"{kind}_temp_path {tmp_path};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{folders}"
        f"{of_docs(port, server.port, blocks[which])} }}\n"
    )
    words = ["-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    words += ["-e", str(tmp_path / "error.log")]
    with subprocess.Popen([program, *words]) as process:
        try:
            wait_for(port, process)
            assert status(port, Host=NAME) == 200
            page = {"Host": NAME, "Origin": f"https://{NAME}"}
            assert status(port, upgrade=True, **page) == 101
            # A browser that was told a port sends it, too.
            page = {"Host": f"{NAME}:{port}", "Origin": f"http://{NAME}:{port}"}
            assert status(port, upgrade=True, **page) == 101
            page = {"Host": NAME, "Origin": "https://evil.example"}
            assert status(port, upgrade=True, **page) == 403
        finally:
            process.terminate()
