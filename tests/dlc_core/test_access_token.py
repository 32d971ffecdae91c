from __future__ import annotations

import os

import pytest

from dlc_core.access_token import Token, token_of
from dlc_core.errors import DLCError


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLC_TOKEN", raising=False)


def test_a_new_one_each_time() -> None:
    first, second = token_of(None, host="127.0.0.1"), token_of(None, host="0.0.0.0")
    assert first.value != second.value
    assert len(first.value) == 32
    assert first.shown == first.query == f"?token={first.value}"


def test_one_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert token_of("open-sesame", host="0.0.0.0") == Token("open-sesame")
    monkeypatch.setenv("DLC_TOKEN", "from-outside")
    found = token_of(None, host="127.0.0.1")
    assert found.query == "?token=from-outside"
    assert found.shown == "?token=$DLC_TOKEN"  # it is known, and logs last
    assert "DLC_TOKEN" not in os.environ  # jobs do not inherit it
    monkeypatch.setenv("DLC_TOKEN", "from-outside")
    assert token_of("open-sesame", host="127.0.0.1").value == "open-sesame"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_none_on_this_machine(host: str) -> None:
    assert token_of("none", host=host) == Token("")
    assert token_of("none", host=host).shown == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "127.0.0.1.example.org"])
def test_none_elsewhere_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DLCError, match=r"--token none is for this machine alone, got --host"):
        token_of("none", host=host)
    monkeypatch.setenv("DLC_TOKEN", "none")
    with pytest.raises(DLCError, match="for this machine alone"):
        token_of(None, host=host)


@pytest.mark.parametrize("text", ["", "short", "a b c d e f", "x" * 201, "a&token=b", "ünïcödé"])
def test_what_cannot_be_one(text: str) -> None:
    with pytest.raises(DLCError, match="a token must be 8 to 200 letters") as told:
        token_of(text, host="127.0.0.1")
    assert len(text) < 6 or text not in str(told.value)
