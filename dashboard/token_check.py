"""The token: without it, HTTP and WebSocket answer nothing but that it is needed."""

from __future__ import annotations

import hashlib
import hmac
import html
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dlc_core.access_token import VARIABLE

PARAMETER = "token"
_HEALTH = "/_stcore/health"
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Token needed</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1rem }
input { font: inherit; padding: .4rem .6rem; width: 20rem; max-width: 100% }
button { font: inherit; padding: .4rem 1rem }
</style></head><body>
<h1>This dashboard needs its token</h1>
<p>SAID</p>
<form method="get" action="ACTION">REST
<p><label for="token">Token</label><br>
<input id="token" name="token" type="password" autocomplete="off" required autofocus>
<button>Open</button></p></form>
</body></html>
"""
_NEEDED = "Open the whole address that the command printed when it was started, or enter the token."
_WRONG = "That is not the token of this dashboard. It is in the address that the command printed."


@dataclass(frozen=True)
class Access:
    """Who has the token.

    Attributes:
        token: the secret; "" lets everybody in.
        port: of the server; cookies do not tell ports apart, so the cookie's name does.
        base: the path prefix, without slashes at its ends.
    """

    token: str
    port: int
    base: str = ""

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return "-".join(["dlc", str(self.port), *re.findall(r"[A-Za-z0-9_.-]+", self.base)])

    @property
    def proof(self) -> str:
        """The cookie's value: it proves that its bearer had the token, and is not the token."""
        key = self.token.encode()
        return hmac.new(key, self.cookie.encode(), hashlib.sha256).hexdigest()

    def is_token(self, text: str) -> bool:
        """Whether a text is the token, in a time that does not tell how much of it is right."""
        return hmac.compare_digest(text.encode(), self.token.encode())

    def has_proof(self, cookies: str) -> bool:
        """Whether a Cookie header holds the proof."""
        try:
            found = SimpleCookie(cookies).get(self.cookie)
        except CookieError:
            return False
        given = "" if found is None else found.value
        return hmac.compare_digest(given.encode(), self.proof.encode())


def access_of_environment(settings: Mapping[str, object]) -> Access:
    """Return who is let in, as `dlc app` has left it; jobs that are started do not inherit it."""
    return Access(
        os.environ.pop(VARIABLE, ""),
        int(str(settings.get("server.port") or 0)),
        str(settings.get("server.baseUrlPath") or ""),
    )


class TokenCheck:
    """Middleware: exchanges the token in an address for a cookie, and answers nobody without it."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        """Stand in front of an app."""
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on who has the token, answer who has not."""
        access = self._access
        if scope["type"] not in ("http", "websocket") or not access.token:
            await self._app(scope, receive, send)
            return
        base = f"/{access.base}" if access.base else ""
        if scope["type"] == "http" and scope["path"] == base + _HEALTH:
            await self._app(scope, receive, send)
            return
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in query if name == PARAMETER]
        rest = [(name, value) for name, value in query if name != PARAMETER]
        # One slash only, and nothing that a browser takes for one: it leads to no other host.
        path = "/" + quote(scope["path"].lstrip("/\\"))
        known = access.has_proof("; ".join(Headers(scope=scope).getlist("cookie")))
        if scope["type"] == "websocket":
            if known:
                await self._app(scope, receive, send)
            else:  # before it was accepted: the server answers 403
                await send({"type": "websocket.close", "code": 1008})
        elif given and scope["method"] in ("GET", "HEAD"):
            right = any(map(access.is_token, given))
            answer = _entrance(path, rest) if right or known else _page(path, rest, _WRONG)
            if right:
                self._give_cookie(answer, scope)
            await answer(scope, receive, send)
        elif known:
            await self._app(scope, receive, send)
        else:
            await _page(path, rest, _NEEDED)(scope, receive, send)

    def _give_cookie(self, answer: Response, scope: Scope) -> None:
        answer.set_cookie(
            self._access.cookie,
            self._access.proof,
            path=f"/{self._access.base}",
            httponly=True,
            samesite="strict",
            secure=scope.get("scheme") == "https",
        )


def _entrance(path: str, rest: list[tuple[str, str]]) -> Response:
    """Return the way to the same address without the token."""
    return RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), 303, headers=_PRIVATE)


def _page(path: str, rest: list[tuple[str, str]], said: str) -> Response:
    kept = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in rest
    )
    parts = {"SAID": said, "ACTION": html.escape(path), "REST": kept}
    text = re.sub("SAID|ACTION|REST", lambda found: parts[found[0]], _PAGE)
    return HTMLResponse(text, 403, headers=_PRIVATE)
