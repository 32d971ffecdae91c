"""The pages without a browser: Streamlit's own AppTest on app.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Return a function that opens one page on a folder of runs."""

    def open_(
        name: str, runs: Path, *, address: dict[str, object] | None = None, **state: object
    ) -> AppTest:
        monkeypatch.setenv("DLC_RUNS", str(runs))
        monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(runs)]))
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for key, value in state.items():
            at.session_state[key] = value
        for key, value in (address or {}).items():
            at.query_params[key] = value
        at.run()
        for key, value in (address or {}).items():  # a switch of page drops them
            at.query_params[key] = value
        at.switch_page(f"pages/{name}.py").run()
        assert not at.exception
        assert at.title[0].value == name.capitalize()  # a page that does not compile has none
        return at

    return open_
