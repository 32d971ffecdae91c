"""Half an hour of scripted clicking in one tab: does the server or the tab grow?

Command (with Chromium on the PATH):

    python -m benchmarks.soak [--minutes 30] [--samples 100000]

Cost: the minutes asked for, on about one and a half cores. Clicks in rounds, on a synthetic run:
lasso, filters, gallery pages, colours, open and close a sample, decide and undo, other pages and
back. Prints a line a minute to stderr, and in the end one JSON object: each minute's memory in MB
(the server's own, RssAnon; the tab's JavaScript heap after a collection, its DOM nodes and its
listeners), the slope of each in MB an hour over the second half, and the number of acts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Error, Page, sync_playwright

from benchmarks.driving import (
    READY,
    choose,
    heap,
    lasso,
    memory,
    new_tab,
    press,
    serving,
    settle,
    usable,
)
from benchmarks.explore import CLASSES, COLOURS, PLACES
from benchmarks.first_minute import browser_of
from benchmarks.synthetic import explorable_run

Act = Callable[[Page, int], None]


def lassos(page: Page, turn: int) -> None:
    """Lasso two places, then show all again."""
    for step in range(2):
        lasso(page, PLACES[(turn + step) % len(PLACES)], 0.1 + 0.01 * (turn % 10))
        page.locator(".st-key-chip-lasso").wait_for()
        settle(page)
    show_all(page)


def filters(page: Page, turn: int) -> None:
    """Ask for a kind, for a name, go back and forth."""
    page.get_by_text("Suspected label error", exact=False).first.click()
    page.locator(".st-key-chip-issue-label-error").wait_for()
    name = page.locator(".st-key-filter-name input")
    name.fill(f"{turn % 100:02d}")
    name.press("Enter")
    page.locator(".st-key-chip-name").wait_for()
    settle(page)
    press(page, "filter-back")
    settle(page)
    press(page, "filter-forth")
    settle(page)
    show_all(page)


def pages_of_the_gallery(page: Page, _turn: int) -> None:
    """Turn three pages."""
    for _ in range(3):
        page.get_by_test_id("stPaginationNext").last.click()  # the old one may still be there
        settle(page)


def colours(page: Page, turn: int) -> None:
    """Another colour, and back."""
    for option in (COLOURS[turn % len(COLOURS)], "Class", "Hardness in class"):
        choose(page, "choice-colour", option)
        settle(page)
    page.locator(READY).wait_for()


def samples(page: Page, turn: int) -> None:
    """Open a sample, step to the next, close it."""
    page.locator(".st-key-gallery .tile").nth(turn % 20).dblclick()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Hardness in class").wait_for()
    settle(page)
    dialog.get_by_role("button", name="Next").click()
    settle(page)
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    settle(page)


def decisions(page: Page, turn: int) -> None:
    """Exclude two tiles and take it back."""
    tiles = page.locator(".st-key-gallery .tile")
    tiles.nth(turn % 10).click()
    tiles.nth(turn % 10 + 3).click(modifiers=["Control"])
    settle(page)
    press(page, "explore-exclude")
    settle(page)
    press(page, "explore-undo")
    settle(page)


def other_pages(page: Page, turn: int) -> None:
    """Go to another page and come back."""
    name = ("Classes", "Decisions", "Prune", "Compare", "Export")[turn % 5]
    links = page.get_by_test_id("stSidebarNavLink")
    links.filter(has_text=name).click()
    page.get_by_role("heading", name=name, exact=True).first.wait_for()
    settle(page)
    links.filter(has_text="Explore").click()
    page.locator(READY).wait_for()
    settle(page)


ACTS: dict[str, Act] = {
    "lasso": lassos,
    "filters": filters,
    "pages of the gallery": pages_of_the_gallery,
    "colours": colours,
    "samples": samples,
    "decisions": decisions,
    "other pages": other_pages,
}


def show_all(page: Page) -> None:
    """Lift every filter."""
    press(page, "filter-show-all")
    settle(page)


def soak(
    page: Page, address: str, server: subprocess.Popen[bytes], minutes: float
) -> dict[str, Any]:
    """Click until the time is over; return the series."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    begun = time.monotonic()
    series: list[dict[str, float]] = []
    done = dict.fromkeys(ACTS, 0)
    failed: list[str] = []
    for turn in range(1_000_000):
        elapsed = (time.monotonic() - begun) / 60
        if elapsed >= len(series):
            point = {"minute": round(elapsed, 2), **memory(server.pid), "heap": heap(session)}
            counters = session.send("Memory.getDOMCounters")  # after the collection
            point |= {"nodes": counters["nodes"], "listeners": counters["jsEventListeners"]}
            series.append(point)
            print(json.dumps(point | {"acts": sum(done.values())}), file=sys.stderr, flush=True)
        if elapsed >= minutes:
            break
        name = list(ACTS)[turn % len(ACTS)]
        try:
            ACTS[name](page, turn // len(ACTS))
            done[name] += 1
        except Error as error:  # noted, and begun anew from a loaded page
            failed.append(f"{elapsed:.1f} min, {name}: {str(error).splitlines()[0]}")
            print(failed[-1], file=sys.stderr, flush=True)
            if server.poll() is not None:
                failed.append(f"the server ended, exit code {server.returncode}")
                break
            usable(page, address)
            settle(page)
    half = [point for point in series if point["minute"] >= series[-1]["minute"] / 2]
    hours = np.array([point["minute"] for point in half]) / 60
    slopes = {
        name: round(float(np.polyfit(hours, [point[name] for point in half], 1)[0]), 1)
        for name in ("RssAnon", "heap", "nodes", "listeners")
        if len(half) > 1
    }
    return {"slope_an_hour": slopes, "acts": done, "failed": failed, "series": series}


def main() -> None:
    """Make the run, click, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--samples", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        explorable_run(Path(folder) / "run", options.samples, CLASSES)
        browser = browser_of(playwright)
        with serving(Path(folder)) as (address, server):
            page = new_tab(browser)
            page.set_default_timeout(30_000)
            usable(page, f"{address}/explore?run=run")
            settle(page, 1000)
            found = soak(page, f"{address}/explore?run=run", server, options.minutes)
        browser.close()
    print(json.dumps({"samples": options.samples, "minutes": options.minutes, **found}))


if __name__ == "__main__":
    main()
