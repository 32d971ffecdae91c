from __future__ import annotations

import http.server
import threading
import webbrowser

import pytest

from dashboard.browser import open_when_ready


class Server(http.server.BaseHTTPRequestHandler):
    """Answers 503 once, as a server that is still starting, then 200."""

    asked: list[str] = []  # noqa: RUF012 - of the one server of the test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200 if len(self.asked) > 1 else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(webbrowser, "open", found.append)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # is not asked
    monkeypatch.setenv("DISPLAY", ":0")
    return found


def test_it_is_opened_once_the_server_answers(opened: list[str]) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/dlc/?token=abc"
        thread = open_when_ready(address)
        assert thread is not None
        thread.join(30)
        server.shutdown()
    assert opened == [address]
    assert Server.asked == ["/dlc/_stcore/health"] * 2  # without the token


def test_nothing_is_opened_without_an_address_or_a_screen(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_when_ready("") is None
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert open_when_ready("http://127.0.0.1:9/") is None
    assert opened == []
