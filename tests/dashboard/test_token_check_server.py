"""A real server: nothing of it is answered without the token, and no log has it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from benchmarks.driving import free_port, wait_until_ready
from dashboard import media
from dashboard.export import downloads

METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD")


@dataclass(frozen=True)
class Server:
    address: str
    log: Path
    token: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`dlc app` with a new random token, on a folder of no runs."""
    folder, port = tmp_path_factory.mktemp("locked"), free_port()
    words = ["app", str(folder / "runs"), "--port", str(port), "--no-browser"]
    words += ["--data-root", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "DLC_TOKEN"}
    with (folder / "log").open("wb") as log, subprocess.Popen(
        [sys.executable, "-m", "dlc_core", *words], stdout=log, stderr=log, env=environment
    ) as process:  # fmt: skip
        try:
            wait_until_ready(f"http://127.0.0.1:{port}")
            said = re.search(r"token=([\w-]+)", (folder / "log").read_text())
            assert said is not None
            yield Server(f"http://127.0.0.1:{port}", folder / "log", said[1])
        finally:
            process.terminate()


def paths(client: httpx.Client) -> list[str]:
    """Every kind of address that the app answers: pages, static files, Streamlit's, our own."""
    page = client.get("/").text
    static = re.findall(r'"\.?/?(static/[^"]+)"', page)
    assert len(static) >= 2
    own = [route.path for route in (*media.routes(base_url=""), *downloads.routes(base_url=""))]
    assert any("thumb" in path for path in own)
    streamlit = ["host-config", "message", "allowed-message-origins", "upload_file/a/b", "stream"]
    return [
        "/", "/score", "/explore?run=x", "/media/abc.png", "/component/a/b.js", "/app/static/x",
        *(f"/{path}" for path in static[:2]), *(f"/_stcore/{name}" for name in streamlit),
        *(re.sub(r"{[^}]*}", "0", path) for path in own),
    ]  # fmt: skip


def stream(server: Server, cookie: str | None) -> int:
    """Return the status of a WebSocket's handshake."""
    address = server.address.replace("http", "ws") + "/_stcore/stream"
    headers = {"Origin": server.address, **({} if cookie is None else {"Cookie": cookie})}
    try:
        with connect(address, additional_headers=headers, proxy=None, close_timeout=0.1):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


def test_nothing_without_the_token(server: Server) -> None:
    with httpx.Client(base_url=server.address, trust_env=False) as known:
        entered = known.get("/score", params={"run": "x", "token": server.token})
        assert entered.status_code == 303
        assert entered.headers["location"] == "/score?run=x"
        addresses = paths(known)
        assert known.get("/score").status_code == 200
        cookie = "; ".join(f"{name}={value}" for name, value in known.cookies.items())
    with httpx.Client(base_url=server.address, trust_env=False) as stranger:
        for address in addresses:
            for method in METHODS if address == "/" else ("GET",):
                answer = stranger.request(method, address)
                assert answer.status_code == 403, (method, address)
                assert method == "HEAD" or "needs its token" in answer.text
        assert stranger.get("/_stcore/health").text == "ok"
    assert stream(server, None) == stream(server, "dlc=x") == 403
    assert stream(server, cookie) == 101


def test_every_answer_says_that_none_may_frame_it(server: Server) -> None:
    with httpx.Client(base_url=server.address, trust_env=False) as client:
        answers = [client.get("/"), client.get("/_stcore/health")]
        client.get("/", params={"token": server.token})
        answers += [client.get("/"), client.get("/nothing/here"), client.get("/dlc/thumb/x/0")]
        answers.append(client.get("/", headers={"Host": "other.example"}))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'self'" in policy or "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")


def test_the_log_has_the_token_once(server: Server) -> None:
    httpx.get(f"{server.address}/score?token={server.token}", trust_env=False)
    httpx.get(f"{server.address}/score?token=wrong-{server.token}", trust_env=False)
    text = server.log.read_text()
    assert text.count(server.token) == 1  # where it tells what to open
    assert f"dlc: open http://127.0.0.1:{server.address[-5:].lstrip(':')}/?token=" in text
