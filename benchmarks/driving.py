"""Driving the dashboard in a real Chromium: a server, a tab, and clocks inside the page.

Times are taken by the browser: from the event that a person makes (pointer up, click) to the first
frame in which the page has what is waited for, so that the wait for Playwright does not count.
"""

from __future__ import annotations

import math
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page

LONG = 120_000  # ms
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
READY = '.scatter[data-ready="1"]'

# What the page is asked; components live in shadow roots.
_PROBES = """
window.bench = {
  found: {},
  deep(host, selector) {  // looked for again only once it is gone: clocks ask in every frame
    const known = bench.found[selector];
    if (known?.isConnected) return known;
    return (bench.found[selector] = bench.search(host, selector));
  },
  search(host, selector) {
    const hosts = document.querySelectorAll(host + ", " + host + " *");
    for (const element of hosts) {
      const found = element.shadowRoot?.querySelector(selector);
      if (found) return found;
    }
    return null;
  },
  map() { return bench.deep(".st-key-map", ".scatter"); },
  grid() { return bench.deep(".st-key-gallery", ".grid"); },
  tiles() { return [...(bench.grid()?.querySelectorAll(".tile") ?? [])]; },
  ids() { return bench.tiles().map((tile) => tile.dataset.id).join(); },
  loaded(tile) {
    const picture = tile?.querySelector("img");
    return Boolean(picture?.complete && picture.naturalWidth);
  },
  inSight() {  // every tile that can be seen has its picture
    const tiles = bench.tiles();
    const scroll = document.querySelector(".st-key-gallery-scroll")?.getBoundingClientRect();
    const floor = Math.min(innerHeight, scroll?.bottom ?? innerHeight);
    const seen = tiles.filter((tile) => tile.getBoundingClientRect().top < floor);
    return seen.length > 0 && seen.every(bench.loaded);
  },
  ready() { return bench.map()?.dataset.ready === "1"; },
  chips() { return document.querySelector(".st-key-chips p")?.textContent ?? ""; },
  usable() { return bench.ready() && bench.loaded(bench.tiles()[0]); },
  hovered() {
    const tooltip = bench.map()?.querySelector(".tooltip");
    const picture = tooltip && !tooltip.hidden ? tooltip.querySelector("img") : null;
    return picture?.complete && picture.naturalWidth ? picture.src : "";
  },
  // The time from the last `event` before it is true until `done`.
  watch(event, done) {
    const turn = (bench.turn = (bench.turn ?? 0) + 1);  // a newer clock stops this one
    let since = null;
    const note = (given) => { if (given.isTrusted) since = performance.now(); };
    window.addEventListener(event, note, { capture: true });
    bench.result = new Promise((resolve) => {
      const look = () => {
        const over = since !== null && done();
        if (!over && turn === bench.turn) return requestAnimationFrame(look);
        window.removeEventListener(event, note, { capture: true });
        if (over) resolve(performance.now() - since);
      };
      requestAnimationFrame(look);
    });
  },
};
"""
_FIRST = """
bench.first = new Promise((resolve) => {
  const look = () => bench.usable() ? resolve(performance.now()) : requestAnimationFrame(look);
  requestAnimationFrame(look);
});
"""


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str) -> None:
    """Wait until a Streamlit server answers.

    Raises:
        TimeoutError: if it does not within a minute.
    """
    # urllib keeps the proxy that was set when it was first used; this machine needs none.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            direct.open(f"{address}/_stcore/health", timeout=2).read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"no server answers at {address}")


@contextmanager
def serving(
    runs: Path, *, data_root: Path | None = None, token: str = "none"
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start `dlc app` on a folder of runs; yield its address and the server's process."""
    port = free_port()
    command = [sys.executable, "-m", "dlc_core", "app", str(runs), "--no-browser"]
    command += ["--port", str(port), "--token", token]
    command += ["--data-root", str(data_root)] if data_root else []
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address)
        yield address, process  # `dlc app` becomes the server: one process
    finally:
        process.terminate()
        process.wait(20)


def new_tab(browser: Browser, *, theme: str = "light", explores: bool = True) -> Page:
    """Open a fresh visitor's tab, 1440 x 900, that knows the probes.

    Args:
        browser: where.
        theme: light or dark.
        explores: whether it will open Explore, so that `usable` is looked for in every frame.
    """
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.add_init_script(_PROBES + (_FIRST if explores else ""))
    return page


def settle(page: Page, milliseconds: int = 300) -> None:
    """Wait until no script runs, then a moment more."""
    page.wait_for_selector(IDLE)
    page.wait_for_timeout(milliseconds)


def usable(page: Page, address: str) -> float:
    """Open Explore; return the ms until the map is drawn and the first tile has its picture."""
    page.goto(address, wait_until="commit")
    return float(page.evaluate("bench.first"))


def watch(page: Page, event: str, done: str) -> None:
    """Start a clock that runs from the next such event until a condition holds.

    Args:
        page: the tab.
        event: of the window, such as "pointerup".
        done: JavaScript, may use `bench`.
    """
    page.evaluate("([event, done]) => bench.watch(event, new Function(done))", [event, done])


def watched(page: Page) -> float:
    """Return the ms that the clock has measured."""
    return float(page.evaluate("bench.result"))


def canvas(page: Page) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the map."""
    box = page.locator(".st-key-map .scatter .top").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def lasso(page: Page, centre: tuple[float, float], radius: float, corners: int = 24) -> None:
    """Drag a circle.

    Args:
        page: the tab.
        centre: as shares of the map's width and height.
        radius: as a share of its height.
        corners: of the circle.
    """
    left, top, width, height = canvas(page)
    for corner in range(corners + 1):
        turn = 2 * math.pi * corner / corners
        across = left + centre[0] * width + radius * height * math.cos(turn)
        page.mouse.move(across, top + centre[1] * height + radius * height * math.sin(turn))
        if corner == 0:
            page.mouse.down()
    page.mouse.up()


def choose(page: Page, key: str, option: str) -> None:
    """Choose an option of a select box."""
    page.locator(f".st-key-{key} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def press(page: Page, key: str) -> None:
    """Press a button; Streamlit draws one that has a help text twice, for two widths of screen."""
    page.locator(f".st-key-{key} button:visible").first.click()


def memory(pid: int) -> dict[str, float]:
    """Return the MB that a process holds: its own (RssAnon), and files mapped as well (VmRSS)."""
    found: dict[str, float] = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("RssAnon", "VmRSS", "VmHWM"):
            found[name] = round(int(rest.split()[0]) / 1024, 1)
    return found


def heap(session: CDPSession) -> float:
    """Return the MB of the tab's JavaScript heap after a collection."""
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    return round(float(used) / 2**20, 2)


def load() -> float:
    """Return the machine's load average of the last minute."""
    return round(os.getloadavg()[0], 2)
