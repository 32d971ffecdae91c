from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime.app_session import AppSession

from dashboard.streamlit_patches import drop_late_ticks, is_late


def session(runner: object = None, turning: object = None) -> Any:
    here = SimpleNamespace(page_script_hash="here")
    return SimpleNamespace(_scriptrunner=runner, _client_state=here, _dlc_turning=turning)


def tick(page: str = "here", *, auto: bool = True, fragment: str = "f") -> Any:
    return SimpleNamespace(page_script_hash=page, is_auto_rerun=auto, fragment_id=fragment)


def test_what_is_late() -> None:
    runner, other = object(), object()
    assert not is_late(session(), tick())
    assert is_late(session(), tick("there"))
    assert is_late(session(runner, runner), tick())  # a whole page is drawn
    assert not is_late(session(runner, other), tick())  # a part of it is
    assert not is_late(session(None, runner), tick())


def test_only_ticks_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(AppSession, "request_rerun", lambda _self, state: heard.append(state))
    drop_late_ticks()
    asked = session(object())
    whole, part, late = tick(auto=False, fragment=""), tick("there", auto=False), tick("there")
    for state in (whole, part, late, tick(), None):
        AppSession.request_rerun(asked, state)
    assert heard == [whole, part, None]  # the last tick came while the whole page is drawn
    assert asked._dlc_turning is asked._scriptrunner
