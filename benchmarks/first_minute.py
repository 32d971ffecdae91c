"""A newcomer's first minute with `dlc demo`, in a real Chromium: times, requests, screenshots.

Command (after `pip install -e ".[test]"`, with Chromium on the PATH):

    python -m benchmarks.first_minute --out OUT [--folder IMAGES --weights FILE --backbone NAME]

Cost: about two minutes on two cores; with --folder as long as its scoring takes. Prints one JSON
object: seconds from the command to the first heading, to visible progress, to the usable page; the
same for the second start; requests that left the machine (must be none). Writes screenshots of
every page, light and dark, into OUT; docs/screenshot.png is OUT/explore-light.png.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-unsafe-swiftshader",
]  # fmt: skip
LONG = 180_000  # ms
PAGES = ("score", "explore", "classes", "compare", "decisions", "prune", "export")
TILES = ".st-key-gallery .tile"
MAP = ".st-key-map .scatter[data-ready='1']"


def browser_of(playwright: Playwright) -> Browser:
    """Start headless Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


@contextmanager
def demo(runs: Path) -> Iterator[tuple[str, float]]:
    """Run `dlc demo`; yield its address and when it was started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dlc_core", "demo", "--runs", str(runs)]
    begun = time.monotonic()
    process = subprocess.Popen([*command, "--port", str(port), "--no-browser"])
    try:
        yield f"http://127.0.0.1:{port}", begun
    finally:
        process.terminate()
        process.wait(20)


def visit(browser: Browser, theme: str, foreign: list[str]) -> Page:
    """Open a fresh visitor's tab that notes requests to other hosts."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    local = ("http://127.0.0.1", "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(local) else foreign.append(r.url))
    return page


def open_patiently(page: Page, address: str) -> None:
    """Open an address as soon as the server answers."""
    health = "/".join(address.split("/")[:3]) + "/_stcore/health"
    for _ in range(600):
        try:
            urllib.request.urlopen(health, timeout=2).read()
        except OSError:
            time.sleep(0.05)
        else:
            page.goto(address, wait_until="commit")
            return
    raise SystemExit(f"{address} never answered")


def start(browser: Browser, runs: Path, foreign: list[str], *, fresh: bool) -> dict[str, float]:
    """Time one start of the demo up to a page with map and gallery."""
    seconds = {}
    with demo(runs) as (address, begun):
        page = visit(browser, "light", foreign)
        open_patiently(page, address)
        page.wait_for_selector("h1", timeout=LONG)
        seconds["heading"] = time.monotonic() - begun
        if fresh:
            page.get_by_text("mask").first.wait_for(timeout=LONG)
            seconds["progress_seen"] = time.monotonic() - begun
        page.locator(".st-key-gallery .tile").first.wait_for(timeout=LONG)
        seconds["scores_and_gallery"] = time.monotonic() - begun
        page.get_by_text("UMAP · drag to lasso").wait_for(timeout=LONG)
        page.locator(".scatter[data-ready='1']").wait_for(timeout=LONG)
        seconds["usable_with_map"] = time.monotonic() - begun
    return {name: round(value, 1) for name, value in seconds.items()}


def settle(page: Page) -> None:
    """Wait until pictures and charts stand still."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_timeout(1500)


def screenshots(browser: Browser, runs: Path, out: Path, foreign: list[str]) -> None:
    """Write a picture of every page, of a lasso and of an open sample, light and dark."""
    with demo(runs) as (address, _):
        for theme in ("light", "dark"):
            page = visit(browser, theme, foreign)
            for run in [path.parent.name for path in sorted(runs.glob("*/run.json"))]:
                prefix = "" if run == "digits-demo" else f"{run}-"
                for name in PAGES:
                    open_patiently(page, f"{address}/{name}?run={run}")
                    page.get_by_role("heading", name=name.capitalize(), exact=True).wait_for(
                        timeout=LONG
                    )
                    if name == "explore":
                        page.locator(TILES).first.wait_for(timeout=LONG)
                        page.locator(MAP).wait_for(timeout=LONG)
                    settle(page)
                    page.screenshot(path=out / f"{prefix}{name}-{theme}.png")
                    if name == "explore":
                        explore(page, out, prefix, theme)
            page.context.close()


def explore(page: Page, out: Path, prefix: str, theme: str) -> None:
    """Picture a lasso, the easiest and the hardest of each class, and an open sample."""
    box = page.locator(".st-key-map .scatter .top").bounding_box()
    assert box is not None
    for corner in range(25):
        turn = 2 * math.pi * corner / 24
        across = box["x"] + box["width"] / 2 + 0.22 * box["height"] * math.cos(turn)
        page.mouse.move(across, box["y"] + box["height"] * (0.5 + 0.22 * math.sin(turn)))
        if corner == 0:
            page.mouse.down()
    page.mouse.up()
    page.locator(".st-key-chip-lasso").wait_for()
    settle(page)
    page.screenshot(path=out / f"{prefix}lasso-{theme}.png")
    page.locator(".st-key-choice-layout input").click()
    page.get_by_role("option", name="Easiest | hardest").click()
    settle(page)
    page.screenshot(path=out / f"{prefix}strips-{theme}.png")
    page.locator(TILES).first.dblclick()
    page.get_by_role("dialog").get_by_text("Hardness in class").wait_for()
    settle(page)
    page.screenshot(path=out / f"{prefix}sample-{theme}.png")


def main() -> None:
    """Measure, then take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True, help="folder for the screenshots")
    parser.add_argument("--folder", help="image folder to score with 5 masks and picture as well")
    parser.add_argument("--weights", default="", help="weights file for --folder")
    parser.add_argument("--backbone", default="mobilenet_v2", help="backbone for --folder")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    foreign: list[str] = []
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs = Path(folder) / "runs"
        browser = browser_of(playwright)
        result["first_start_seconds"] = start(browser, runs, foreign, fresh=True)
        result["second_start_seconds"] = start(browser, runs, foreign, fresh=False)
        if options.folder:
            command = [sys.executable, "-m", "dlc_core", "score", options.folder, "--masks", "5"]
            command += ["--backbone", options.backbone, "--out", str(runs / "images")]
            command += ["--weights", options.weights] if options.weights else []
            subprocess.run(command, check=True)
        screenshots(browser, runs, options.out, foreign)
        browser.close()
    result["requests_to_other_hosts"] = foreign
    print(json.dumps(result))


if __name__ == "__main__":
    main()
