"""The gate in front of everything: whose Host and Origin are not of this server is sent away."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dlc_core.host_names import Doors, HostName, read_allowed

VARIABLE = "DLC_ALLOWED_HOSTS"  # JSON: the names besides loopback
_MOST_TOLD = 20  # origins that the log says were refused
_NO_HOST = (
    "This dashboard does not answer under this host name. Whoever runs it can let the name in: "
    "dlc app --allow-host NAME\n"
)
_NO_ORIGIN = (
    "A page of another origin may not use this dashboard. Whoever runs it can let one in: "
    "dlc app --allow-host NAME\n"
)


def doors_of_environment() -> Doors:
    """Return who is let in, as `dlc app` has left it."""
    return Doors(read_allowed(json.loads(os.environ.get(VARIABLE, "[]"))))


class Gate:
    """Answers 400 to a foreign Host and 403 to a foreign Origin, and looks no host up.

    It stands against DNS rebinding and against pages of others that open a WebSocket. Streamlit's
    own check of an Origin that it does not know asks a web server for the external address of this
    machine, while everybody waits: so what was let in here is passed on as an Origin of the Host
    beside it, which is never looked up.
    """

    def __init__(self, app: ASGIApp, *, doors: Doors) -> None:
        """Stand in front of an app."""
        self._app, self._doors = app, doors
        self._told: set[HostName | None] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is let in, answer what is not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not self._doors.lets_host(hosts[0]):
            await PlainTextResponse(_NO_HOST, status_code=400)(scope, receive, send)
        elif refused := [one for one in origins if not self._doors.lets_origin(one, hosts[0])]:
            self._tell(refused[0])
            if scope["type"] == "websocket":  # before it was accepted: the server answers 403
                await send({"type": "websocket.close", "code": 1008})
            else:
                await PlainTextResponse(_NO_ORIGIN, status_code=403)(scope, receive, send)
        else:
            await self._app(_of_host(scope, hosts[0]) if origins else scope, receive, send)

    def _tell(self, origin: str) -> None:
        """Say once of each origin how it is let in, as a page behind a proxy just stays grey."""
        host = HostName.of_origin(origin) and HostName.of(origin.partition("://")[2])
        if host not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(host)
            what = "one that is no web page's" if host is None else str(host)
            print(
                f"dlc: refused a page of another origin, {what}; if it is this dashboard behind a "
                f"proxy, start it with --allow-host{'' if host is None else f' {host}'}.",
                file=sys.stderr,
            )


def _of_host(scope: Scope, host: str) -> MutableMapping[str, Any]:
    """Return a request's scope with the Origin of its own Host."""
    headers = [
        (name, _origin(value, host) if name == b"origin" else value)
        for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}


def _origin(value: bytes, host: str) -> bytes:
    return value.partition(b"://")[0] + b"://" + host.encode("latin-1")
