"""Connections that never end what they begin are closed; the others are answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from dashboard.idle_connections import Hasty


class Quick(Hasty):
    head_seconds, body_seconds, most = 0.2, 0.2, 5


async def echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    more = scope["type"] == "http"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


async def answers(parts: list[bytes], *, pause: float = 0.0, at_once: int = 1) -> list[bytes]:
    """Return what each of some connections that send the parts gets until it is closed."""
    config = uvicorn.Config(echo, log_config=None, lifespan="off", ws="websockets-sansio")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Quick(config, state, {}), "127.0.0.1", 0
    )  # fmt: skip
    port = server.sockets[0].getsockname()[1]

    async def one() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        found = b""
        try:
            for part in parts:
                writer.write(part)
                await asyncio.sleep(pause)
            found = await asyncio.wait_for(reader.read(-1), 0.9)
        except ConnectionError:
            pass
        except TimeoutError:
            found = b"still open"
        writer.close()
        return found

    try:
        return list(await asyncio.gather(*(one() for _ in range(at_once))))
    finally:
        server.close()


GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"


@pytest.mark.parametrize(
    ("parts", "pause", "begins"),
    [
        ([], 0.0, b""),  # never says a word
        ([GET[:20]], 0.0, b""),
        ([b"X-%d: y\r\n" % n if n else GET[:-2] for n in range(12)], 0.05, b""),  # for ever
        ([UPGRADE], 0.0, b""),
        ([POST], 0.0, b""),
        ([POST + b"ab"], 0.0, b""),
        ([GET], 0.0, b"HTTP/1.1 200"),
        ([POST, b"a", b"b", b"c", b"d", b"e"], 0.1, b"HTTP/1.1 200"),  # slow, but it goes on
        ([UPGRADE + KEY], 0.0, b"still open"),
    ],
)
def test_what_is_never_ended(parts: list[bytes], pause: float, begins: bytes) -> None:
    (found,) = asyncio.run(answers(parts, pause=pause))
    assert found.startswith(begins)
    assert bool(found) == bool(begins)


def test_more_connections_than_are_taken() -> None:
    found = asyncio.run(answers([GET], at_once=5))
    assert all(one.startswith(b"HTTP/1.1 200") for one in found)
    found = asyncio.run(answers([], at_once=12))
    assert found == [b""] * 12
