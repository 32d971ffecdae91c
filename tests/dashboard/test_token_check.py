"""The token alone: what the middleware passes on, and where it sends whom."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from dashboard.token_check import Access, TokenCheck, access_of_environment

TOKEN = "a-token-of-tests"
ACCESS = Access(TOKEN, 8501, "some/path")


class Inner:
    """An app that notes what comes to it."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        self.paths.append(scope["path"])


def ask(
    path: str = "/some/path/", query: str = "", *, kind: str = "http", method: str = "GET",
    access: Access = ACCESS, cookie: str | None = None,
) -> tuple[Inner, list[Message]]:  # fmt: skip
    """Return the app behind, and what the middleware answers itself."""
    inner, sent = Inner(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    headers = [] if cookie is None else [(b"cookie", cookie.encode())]
    scope: dict[str, Any] = {
        "type": kind, "path": path, "method": method, "headers": headers, "scheme": "http",
        "query_string": query.encode(),
    }  # fmt: skip
    asyncio.run(TokenCheck(inner, access=access)(scope, receive, send))
    return inner, sent


def header(sent: list[Message], name: str) -> str:
    return next((value.decode() for key, value in sent[0]["headers"] if key == name.encode()), "")


def test_without_it_there_is_the_token_page_only() -> None:
    for path in ("/", "/some/path/", "/some/path/dlc/thumb/x/0", "/_stcore/health", "//evil"):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            inner, sent = ask(path, method=method)
            assert (inner.paths, sent[0]["status"]) == ([], 403)
            assert header(sent, "cache-control") == "no-store"
            assert not header(sent, "set-cookie")
    inner, sent = ask(kind="websocket")
    assert (inner.paths, sent) == ([], [{"type": "websocket.close", "code": 1008}])


def test_health_is_open() -> None:
    inner, sent = ask("/some/path/_stcore/health")
    assert (inner.paths, sent) == (["/some/path/_stcore/health"], [])


def test_the_token_is_exchanged_for_a_cookie() -> None:
    inner, sent = ask("/some/path/prune", f"run=a%26b&token={TOKEN}&pruned=50")
    assert (inner.paths, sent[0]["status"]) == ([], 303)
    assert header(sent, "location") == "/some/path/prune?run=a%26b&pruned=50"
    text = header(sent, "set-cookie")
    cookie = SimpleCookie(text)
    assert list(cookie) == ["dlc-8501-some-path"]
    (found,) = cookie.values()
    assert (found["httponly"], found["samesite"], found["path"]) == (True, "strict", "/some/path")
    assert TOKEN not in text
    assert TOKEN not in header(sent, "location")
    brought = f"other=1; {found.key}={found.value}"
    for kind in ("http", "websocket"):
        inner, sent = ask("/some/path/x", kind=kind, cookie=brought)
        assert (inner.paths, sent) == (["/some/path/x"], [])
    inner, sent = ask("/some/path/x", f"token={TOKEN}", cookie=brought)  # still off the address
    assert (inner.paths, sent[0]["status"]) == ([], 303)


@pytest.mark.parametrize(
    "cookie",
    ["", "dlc-8501-some-path=", f"dlc-8501-some-path={TOKEN}", "dlc-8501-some-path=ü", ";=;", "x",
     f"dlc-8502-some-path={Access(TOKEN, 8502, 'some/path').proof}",
     f"dlc-8501-some-path={Access(TOKEN, 8501).proof}"],
)  # fmt: skip
def test_other_cookies_are_none(cookie: str) -> None:
    for kind in ("http", "websocket"):
        inner, sent = ask(kind=kind, cookie=cookie)
        assert inner.paths == []
        assert sent


@pytest.mark.parametrize("query", ["token=", "token=wrong", "token=%C3%BC", "Token=" + TOKEN])
def test_a_wrong_token_is_none(query: str) -> None:
    inner, sent = ask(query=query)
    assert (inner.paths, sent[0]["status"]) == ([], 403)
    assert not header(sent, "set-cookie")
    inner, sent = ask(method="POST", query=f"token={TOKEN}")
    assert (inner.paths, sent[0]["status"]) == ([], 403)


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example", "/\\/evil.example", "///evil.example", "/a\r\nb"]
)
def test_the_way_in_leads_to_no_other_host(path: str) -> None:
    _, sent = ask(path, f"token={TOKEN}")
    place = header(sent, "location")
    assert place.startswith("/")
    assert place[1:2] not in ("/", "\\")
    assert "\n" not in place


def test_the_page_holds_text_only() -> None:
    _, sent = ask('/some/path/"><script>x', "run=%22%3E%3Cscript%3Ealert(1)&ACTION=REST")
    text = sent[1]["body"].decode()
    assert "<script>" not in text
    assert 'name="run" value="&quot;&gt;&lt;script&gt;alert(1)"' in text


def test_without_a_token_all_is_passed_on() -> None:
    for kind in ("http", "websocket"):
        inner, sent = ask(kind=kind, access=Access("", 8501))
        assert (inner.paths, sent) == (["/some/path/"], [])


def test_it_comes_from_the_command_and_goes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLC_TOKEN", TOKEN)
    settings = {"server.port": 8501, "server.baseUrlPath": "some/path"}
    assert access_of_environment(settings) == ACCESS
    assert access_of_environment(settings).token == ""
