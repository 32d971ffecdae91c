"""Host names as people and browsers write them, and who is let in under which."""

from __future__ import annotations

import pytest

from dlc_core.errors import DLCError
from dlc_core.host_names import Doors, HostName, read_allowed


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("dash.example.org", "dash.example.org", None),
        ("Dash.Example.ORG.", "dash.example.org", None),
        ("dash.example.org:8443", "dash.example.org", 8443),
        ("Dash.example.org.:80", "dash.example.org", 80),
        ("my_box", "my_box", None),
        ("bücher.example", "xn--bcher-kva.example", None),
        ("192.168.1.7:8501", "192.168.1.7", 8501),
        ("::1", "::1", None),
        ("[::1]", "::1", None),
        ("[::1]:8501", "::1", 8501),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1", None),
        ("[2001:db8::1]:8501", "2001:db8::1", 8501),
    ],
)
def test_a_host_is_read_as_a_browser_means_it(text: str, name: str, port: int | None) -> None:
    assert HostName.of(text) == HostName(name, port)
    assert HostName.of(str(HostName(name, port))) == HostName(name, port)


@pytest.mark.parametrize(
    "text",
    [
        "", ".", ":", ":8501", "a..b", "-a.example", "a-.example", "a b", "a/b", "a?b", "a#b",
        "user@host", "host:port", "host:99999", "host:-1", "[::1", "::1]", "[fe80::1%eth0]",
        "a,b", "a\\b", "a%2eb", "127.1", "1.2.3", "0x7f.1", "256.1.1.1", "x" * 64 + ".example",
        "a." * 130 + "example", "host\n", "\x00",
    ],
)  # fmt: skip
def test_what_is_no_host(text: str) -> None:
    assert HostName.of(text) is None
    assert not Doors().lets_host(text)


@pytest.mark.parametrize(
    "text",
    ["*", "*.example.org", "dash.*", "https://dash.example.org", "dash.example.org/dlc", "",
     "0.0.0.0", "[::]", "::", "x" * 5000],
)  # fmt: skip
def test_names_that_cannot_be_let_in(text: str) -> None:
    with pytest.raises(DLCError, match="--allow-host must be") as caught:
        read_allowed([text])
    assert len(str(caught.value)) < 300


def test_the_same_name_twice_is_one() -> None:
    assert read_allowed(["Dash.example.org", " dash.example.org. "]) == (
        HostName("dash.example.org"),
    )


NAMED = Doors(read_allowed(["dash.example.org", "box:8443", "192.168.1.7", "[2001:db8::1]"]))


@pytest.mark.parametrize(
    ("host", "let_in"),
    [
        ("localhost:8501", True), ("LOCALHOST.", True), ("127.0.0.1:8501", True), ("[::1]:1", True),
        ("dash.example.org", True), ("Dash.example.org.:9", True), ("box", True), ("box:1", True),
        ("192.168.1.7:8501", True), ("[2001:DB8::1]:8501", True),
        ("other.example", False), ("evil.dash.example.org", False), ("example.org", False),
        ("dash.example.org.evil.example", False), ("www.dash.example.org", False),
        ("0.0.0.0:8501", False), ("127.0.0.2", False), ("2130706433", False),
        ("localhost.evil.example", False), ("dash.example.org@evil.example", False),
        ("dash.example.org,evil.example", False), (None, False),
    ],
)  # fmt: skip
def test_hosts(host: str | None, let_in: bool) -> None:
    assert NAMED.lets_host(host) is let_in


@pytest.mark.parametrize(
    ("origin", "host", "let_in"),
    [
        ("http://localhost:8501", "localhost:8501", True),
        ("http://localhost:8501", "127.0.0.1:8501", True),
        ("http://[::1]:8501", "[::1]:8501", True),
        ("http://localhost", "localhost", True),
        ("https://localhost", "localhost:443", True),
        # A proxy keeps Host, or has the address of the server in it.
        ("https://dash.example.org", "dash.example.org", True),
        ("https://dash.example.org", "127.0.0.1:8501", True),
        ("https://DASH.example.org.", "127.0.0.1:8501", True),
        ("https://dash.example.org:8443", "127.0.0.1:8501", True),
        ("https://box:8443", "box", True),
        ("http://192.168.1.7:8501", "192.168.1.7:8501", True),
        ("http://[2001:db8:0::1]:8501", "[2001:db8::1]:8501", True),
        # A port that was named with it is the only one.
        ("https://box", "box", False),
        ("https://box:9", "127.0.0.1:8501", False),
        # Another program of this machine.
        ("http://localhost:3000", "localhost:8501", False),
        ("http://127.0.0.1:3000", "127.0.0.1:8501", False),
        ("http://localhost:8501", "dash.example.org:8501", False),
        # Anybody else.
        ("http://evil.example", "127.0.0.1:8501", False),
        ("http://evil.example", "dash.example.org", False),
        ("https://dash.example.org.evil.example", "dash.example.org", False),
        ("https://dash.example.org@evil.example", "dash.example.org", False),
        ("ftp://dash.example.org", "dash.example.org", False),
        ("file://", "localhost:8501", False),
        ("null", "localhost:8501", False),
        ("", "localhost:8501", False),
        ("dash.example.org", "dash.example.org", False),
    ],
)
def test_origins(origin: str, host: str, let_in: bool) -> None:
    assert NAMED.lets_origin(origin, host) is let_in
