"""Connections that ask for nothing are closed: uvicorn itself waits for their requests for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http import auto
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0  # in which the whole head of a request must come, of a WebSocket's as well
BODY_SECONDS = 60.0  # without a byte of an upload
MOST = 1000  # connections that are open, WebSockets included; further ones are closed at once


class Hasty(H11Protocol):
    """uvicorn's protocol with an end to waiting."""

    head_seconds, body_seconds, most = HEAD_SECONDS, BODY_SECONDS, MOST
    _ends: asyncio.TimerHandle | None = None
    _in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection; wait for its first request."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Read; a head's time goes on with each byte, a body's begins anew."""
        super().data_received(data)
        if self.transport.get_protocol() is self:
            self._wait()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Leave the connection to the WebSocket, which has its own pings."""
        self._rest()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """Go on as uvicorn does, which closes what asks for nothing more."""
        self._rest()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._rest()
        super().connection_lost(exc)

    def _wait(self) -> None:
        in_head = self.conn.their_state is h11.IDLE
        if in_head and self._in_head and self._ends is not None:
            return
        self._rest()
        self._in_head = in_head
        if in_head:
            self._ends = self.loop.call_later(self.head_seconds, self._end)
        elif self.conn.their_state is h11.SEND_BODY:
            self._ends = self.loop.call_later(self.body_seconds, self._end)

    def _rest(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _end(self) -> None:
        self._ends = None
        if self.flow.read_paused:  # it is us who do not read
            self._ends = self.loop.call_later(self.body_seconds, self._end)
        else:
            self.transport.abort()


def close_idle_connections() -> None:
    """Let the server that is started next close idle connections."""
    chosen: Any = auto
    chosen.AutoHTTPProtocol = Hasty
