"""`dlc app`: what the server is told, and what people are told."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from dlc_core.cli import main


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the server would be started with."""
    found: dict[str, str] = {}
    monkeypatch.setattr(os, "execve", lambda _file, _words, given: found.update(given))
    monkeypatch.chdir(tmp_path)
    return found


def start(*words: str) -> int:
    return main(["app", "runs", "--port", "18499", "--no-browser", *words])


def settings(served: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(served["DLC_SERVER"])
    return values


def test_names_feed_every_check(served: dict[str, str]) -> None:
    assert start("--allow-host", "Dash.Example.org:8443", "--allow-host", "::1") == 0
    assert json.loads(served["DLC_ALLOWED_HOSTS"]) == ["dash.example.org:8443", "[::1]"]
    assert json.loads(served["DLC_DATA_ROOTS"]) == [served["DLC_RUNS"]]  # others come
    assert settings(served)["server.allowedHosts"] == [
        "localhost", "127.0.0.1", "::1", "dash.example.org",
    ]  # fmt: skip
    assert settings(served)["browser.serverAddress"] == "localhost"


def test_a_machine_that_everybody_reaches_says_what_to_add(
    served: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert start("--host", "0.0.0.0") == 0
    said = capsys.readouterr().err
    assert "let in under the host names localhost, 127.0.0.1, ::1 only" in said
    assert "reads no data but what is uploaded and the runs" in said
    assert json.loads(served["DLC_DATA_ROOTS"]) == [served["DLC_RUNS"]]
    assert f"or address, such as --allow-host {socket.gethostname()};" in said
    assert settings(served)["browser.serverAddress"] == "localhost"
    assert start("--host", "0.0.0.0", "--allow-host", "dash.example.org") == 0
    said = capsys.readouterr().err
    assert json.loads(served["DLC_DATA_ROOTS"]) == [served["DLC_RUNS"]]
    assert start("--host", "0.0.0.0", "--data-root", str(Path.cwd())) == 0
    assert json.loads(served["DLC_DATA_ROOTS"]) == [str(Path.cwd())]
    assert "localhost, 127.0.0.1, ::1, dash.example.org only" in said
    assert "name what people type" not in said


def test_an_address_to_listen_on_is_a_name(
    served: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlc_core.cli.serve._require_free_port", lambda *_: None)
    assert start("--host", "192.168.1.7") == 0
    assert json.loads(served["DLC_ALLOWED_HOSTS"]) == ["192.168.1.7"]
    assert settings(served)["browser.serverAddress"] == "192.168.1.7"
    assert start("--host", "::1") == 0
    assert json.loads(served["DLC_ALLOWED_HOSTS"]) == []


@pytest.mark.parametrize("name", ["*", "*.example.org", "https://dash.example.org/"])
def test_a_name_that_cannot_be_let_in_is_said(
    served: dict[str, str], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert start("--allow-host", name) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"--allow-host must be {'one host name' if '*' in name else 'a host name'}" in said
    assert not served


def test_the_address_has_a_token(
    served: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DLC_TOKEN", raising=False)
    assert start("--base-url", "/dlc/") == 0
    token = served["DLC_TOKEN"]
    assert len(token) == 32
    opened = f"http://127.0.0.1:18499/dlc/?token={token}"
    assert f"dlc: open {opened}\n" in capsys.readouterr().err
    assert served["DLC_BROWSER"] == ""
    assert main(["app", "runs", "--port", "18499", "--base-url", "dlc", "--token", token]) == 0
    assert served["DLC_BROWSER"] == opened
    monkeypatch.setenv("DLC_TOKEN", "known-to-people")
    assert start("--host", "0.0.0.0", "--allow-host", "dash.example.org") == 0
    said = capsys.readouterr().err
    assert "dlc: open http://dash.example.org:18499/?token=$DLC_TOKEN\n" in said
    assert "known-to-people" not in said
    assert served["DLC_TOKEN"] == "known-to-people"


def test_without_a_token_only_here(
    served: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert start("--token", "none") == 0
    assert served["DLC_TOKEN"] == ""
    assert "everybody with an account on this machine" in capsys.readouterr().err
    served.clear()
    assert start("--token", "none", "--host", "0.0.0.0") == 2
    assert "--token none is for this machine alone" in capsys.readouterr().err
    assert not served


@pytest.mark.parametrize("switch", ["programs", "private"])
def test_what_is_dangerous_is_asked_for(
    served: dict[str, str], monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    name = f"DLC_ALLOW_{switch.upper()}"
    monkeypatch.delenv(name, raising=False)
    assert start() == 0
    assert not served[name]
    assert Path(json.loads(served["DLC_DATA_ROOTS"])[0]) == Path.home().resolve()
    assert start(f"--allow-{switch}") == 0
    assert served[name] == "1"
    monkeypatch.setenv(name, "1")
    assert start() == 0
    assert served[name] == "1"
