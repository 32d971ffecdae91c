"""The gate alone: what it passes on, and that nothing behind it looks a host up."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit import config
from streamlit.web.server.starlette import starlette_websocket

from dashboard.host_check import VARIABLE, Gate, doors_of_environment
from dlc_core.host_names import Doors, read_allowed

DOORS = Doors(read_allowed(["dash.example.org"]))


class Inner:
    """An app that notes what comes to it."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        self.scopes.append(scope)


def ask(gate: Gate, kind: str, *headers: tuple[str, str]) -> list[Message]:
    """Return what a gate answers itself."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": kind, "path": "/", "method": "GET", "headers": raw}
    asyncio.run(gate(scope, receive, send))
    return sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_foreign_host_is_answered_400(kind: str) -> None:
    inner = Inner()
    for hosts in (["other.example"], [], ["localhost", "other.example"], ["localhost"] * 2):
        sent = ask(Gate(inner, doors=DOORS), kind, *(("host", host) for host in hosts))
        assert sent[0]["status"] == 400
    assert inner.scopes == []


def test_a_foreign_origin_is_answered_403(capsys: pytest.CaptureFixture[str]) -> None:
    inner = Inner()
    gate = Gate(inner, doors=DOORS)
    for name in ("http://evil.example", "null", "http://evil.example"):
        sent = ask(gate, "http", ("host", "localhost"), ("origin", name))
        assert sent[0]["status"] == 403
        # The server answers 403 where a WebSocket is closed before it was accepted.
        (closed,) = ask(gate, "websocket", ("host", "localhost"), ("origin", name))
        assert closed["type"] == "websocket.close"
    two = [("origin", "http://localhost"), ("origin", "http://evil.example")]
    assert ask(gate, "http", ("host", "localhost"), *two)[0]["status"] == 403
    assert inner.scopes == []
    said = capsys.readouterr().err.splitlines()
    assert [line.count("evil.example") for line in said] == [2, 0]  # each once
    assert said[0].endswith("start it with --allow-host evil.example.")


def test_the_log_cannot_be_filled_by_strangers(capsys: pytest.CaptureFixture[str]) -> None:
    gate = Gate(Inner(), doors=DOORS)
    for number in range(100):
        ask(gate, "http", ("host", "localhost"), ("origin", f"http://evil{number}.example"))
    assert len(capsys.readouterr().err.splitlines()) == 20


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://dash.example.org", "127.0.0.1:8501"),
        ("https://dash.example.org", "dash.example.org"),
        ("http://localhost:8501", "127.0.0.1:8501"),
        (None, "dash.example.org:8501"),
    ],
)
def test_what_is_let_in_is_never_looked_up(
    origin: str | None, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[Any] = []

    def resolver(name: Any, *_args: Any, **_more: Any) -> Any:
        looked_up.append(name)
        raise OSError("dropped")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(socket.socket, "connect", lambda *a: resolver(a[1:]))
    monkeypatch.setattr(
        config, "get_option", {"server.allowedHosts": DOORS.names, "server.enableCORS": True}.get
    )
    inner = Inner()
    headers = [("host", host), *([] if origin is None else [("origin", origin)])]
    assert ask(Gate(inner, doors=DOORS), "websocket", *headers) == []
    (scope,) = inner.scopes
    passed = {name.decode(): value.decode() for name, value in scope["headers"]}
    assert starlette_websocket._is_origin_allowed(passed.get("origin"), passed["host"])
    assert looked_up == []


def test_the_names_come_from_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert doors_of_environment() == Doors()
    monkeypatch.setenv(VARIABLE, json.dumps(["dash.example.org", "[::1]:8501"]))
    assert doors_of_environment().lets_host("dash.example.org")
