"""A real server and a real Chromium; skipped where there is no Chromium, never in CI."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks import driving
from dlc_core.jobs import jobs_in
from dlc_core.runs.lock import writer_pid

Serve = Callable[..., str]
Visit = Callable[[], Page]
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-unsafe-swiftshader",
]  # fmt: skip


def chromium() -> str | None:
    """Return the path of Chromium, if this machine has one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


class Loop:
    """Playwright's event loop: it runs in the tests' own thread, also while no browser test does.

    To whatever runs there afterwards it would look as if it were called inside an event loop.
    """

    hidden: asyncio.AbstractEventLoop | None = None

    @classmethod
    def show(cls) -> None:
        """Let the loop be the running one: Playwright is about to be used."""
        if cls.hidden is not None:
            asyncio._set_running_loop(cls.hidden)
            cls.hidden = None

    @classmethod
    def hide(cls) -> None:
        """Let no loop be the running one: other tests follow."""
        cls.hidden = asyncio._get_running_loop()
        asyncio._set_running_loop(None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep the browser's event loop to the tests of this folder, whatever their order."""
    if not item.path.is_relative_to(Path(__file__).parent):
        return (yield)
    Loop.show()
    try:
        return (yield)
    finally:
        Loop.hide()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    path = chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: in CI the browser tests must run")
        pytest.skip("Chromium is not on this machine (Debian: apt-get install chromium)")
    expect.set_options(timeout=15_000)  # ms: the machine may be busy
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        Loop.show()  # the last test of all may be another folder's
        browser.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that serves a folder of runs and returns the address."""
    with ExitStack() as servers:
        yield lambda runs, **options: servers.enter_context(serving(runs, **options))


@contextmanager
def visitor(browser: Browser) -> Iterator[Page]:
    """A fresh visitor; fails if the page asks another host for anything, or reports an error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda r: None if is_local(r.url) else foreign.append(r.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("dialog", lambda dialog: errors.append(f"script dialog: {dialog.message}"))
    try:
        yield page
    finally:
        context.close()
    assert foreign == []
    # Streamlit itself asks in vain for two files below a deep link.
    assert [e for e in errors if "404 (Not Found)" not in e] == []


@pytest.fixture
def page(browser: Browser, serve: Serve) -> Iterator[Page]:
    """A fresh visitor; the server, if there is one, outlives the page."""
    with visitor(browser) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, serve: Serve) -> Iterator[Visit]:
    """Return a function that gives a fresh visitor each time."""
    with ExitStack() as visitors:
        yield lambda: visitors.enter_context(visitor(browser))


def is_local(url: str) -> bool:
    """Whether an address stays on this machine."""
    return url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:"))


@contextmanager
def serving(runs: Path, *, data_root: Path | None = None, token: str = "none") -> Iterator[str]:
    """Start `dlc app` on a folder of runs; yield its address."""
    try:
        with driving.serving(runs, data_root=data_root, token=token) as (address, _):
            yield address
    finally:
        end_jobs(runs)


def end_jobs(runs: Path) -> None:
    """End what was started from a page: jobs outlive the server, and would slow other tests."""
    for job in jobs_in(runs):
        pid = writer_pid(job.run)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
