"""The pages without a browser: Streamlit's own AppTest on app.py."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dlc_core.cli import main
from dlc_core.cli.ctrl_c import Stop
from dlc_core.errors import DLCError
from dlc_core.jobs import ask_command

ROOT = Path(__file__).resolve().parents[2]
OpenPage = Callable[..., AppTest]


def _frame() -> None:
    from dashboard.page_frame import choose_run

    choose_run("Explore")


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Return a function that opens one page on a folder of runs."""

    def open_(
        name: str, runs: Path, *, address: dict[str, object] | None = None, **state: object
    ) -> AppTest:
        monkeypatch.setenv("DLC_RUNS", str(runs))
        monkeypatch.setenv("DLC_DATA_ROOTS", json.dumps([str(runs)]))
        # The whole app would draw Explore first, which takes a second: pages need its frame only.
        at = AppTest.from_function(_frame, default_timeout=30)
        for key, value in state.items():
            at.session_state[key] = value
        for key, value in (address or {}).items():
            at.query_params[key] = value
        at.run()
        at._script_path = str(ROOT / "app.py")
        for key, value in (address or {}).items():  # a switch of page drops them
            at.query_params[key] = value
        at.switch_page(f"pages/{name}.py").run()
        assert not at.exception
        assert at.title[0].value == name.capitalize()  # a page that does not compile has none
        return at

    return open_


@pytest.fixture
def asked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page asks a command for (`jobs.ask`) is answered in this process: nothing is imported.

    That it is a process of its own is for tests/dlc_core/jobs/test_process.py, and for those
    tests here that do without.
    """

    def asked(arguments: list[str]) -> tuple[str, str]:
        printed, said = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
            code = main(arguments)
        last = said.getvalue().strip().rpartition("\n")[2].removeprefix("dlc: ")
        if code:
            raise DLCError(last)
        return last, printed.getvalue()

    monkeypatch.setattr(Stop, "listen", lambda self: self)  # pages run in a thread
    monkeypatch.setattr(ask_command, "_asked", asked)
