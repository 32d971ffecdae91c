"""How quickly the Explore page answers, in a real Chromium without a GPU, on synthetic runs.

Command (with Chromium on the PATH):

    python -m benchmarks.explore [--samples 2000 100000 500000] [--repeats 5] [--memory 1000000]

Cost: about two minutes on two cores, and as much again with --memory. The server is warm: one
visitor came before. Prints one JSON object: for each number of samples the median milliseconds,
beside the limit, from

- `usable`: opening the page as a fresh visitor -> the map is drawn, the first tile has its picture;
- `usable_again`: the same after a reload in the same tab;
- `lasso`: mouse up -> another count, other tiles, and those in sight have their pictures;
- `hover`: the pointer stops on a point -> its picture can be seen (after the first time);
- `next_page`: a click on the gallery's next page -> other tiles, those in sight with pictures;
- `colour`: a click on "Class" in the menu of colours -> the map is drawn with it;
- `colour_first`: the same, each time for a colour that nobody has asked for before.

With --memory N: what the server's process holds, in MB, with a run of N samples open (RssAnon is
its own memory, VmRSS counts mapped files, VmHWM is the most of VmRSS), after opening Explore, after
lassos, and after changes of colour. `load` is the machine's load average at the time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.driving import (
    canvas,
    choose,
    lasso,
    load,
    memory,
    new_tab,
    serving,
    settle,
    usable,
    watch,
    watched,
)
from benchmarks.first_minute import browser_of
from benchmarks.synthetic import explorable_run

CLASSES = 100
LIMITS = {  # ms at 2,000, 100,000 and 500,000 samples
    "usable": (1500, 2500, 4000),
    "lasso": (400, 700, 1200),
    "hover": (100, 100, 100),
    "next_page": (500, 500, 500),
    "colour": (300, 300, 300),
}
MEMORY_LIMIT = 1500  # MB with a million samples
PLACES = ((0.5, 0.5), (0.35, 0.4), (0.6, 0.35), (0.4, 0.65), (0.62, 0.62), (0.5, 0.3), (0.5, 0.75))
COLOURS = ("Decision", "Issue", "Score", "Rank", "Suspicion", "Outlier score", "Contrast")
HOVERED = "bench.hovered() && bench.hovered() !== bench.hoveredBefore"
OTHER_TILES = "bench.ids() !== bench.before && bench.inSight()"


def limit(name: str, samples: int) -> int | None:
    """Return the limit that holds for so many samples."""
    return LIMITS[name][(samples > 2000) + (samples > 100_000)] if name in LIMITS else None


def remember(page: Page) -> None:
    """Note what is on the screen, so that something else can be waited for."""
    page.evaluate(
        """() => Object.assign(bench, {
          before: bench.ids(), said: bench.chips(),
          coloured: bench.map()?.dataset.colours, hoveredBefore: bench.hovered()})"""
    )


def lasso_time(page: Page, turn: int) -> float:
    """Lasso somewhere else than last time."""
    settle(page)
    remember(page)
    watch(page, "pointerup", f"return bench.chips() !== bench.said && {OTHER_TILES}")
    lasso(page, PLACES[turn % len(PLACES)], 0.15 + 0.01 * (turn % 5))
    return watched(page)


def hover_time(page: Page, turn: int) -> float:
    """Sweep over the map and stop on a point."""
    left, top, width, height = canvas(page)
    page.mouse.move(left + width / 2, top - 60)
    settle(page, 100)
    remember(page)
    # Somewhere along a line across the map there is a point.
    for step in range(60):
        across, down = 0.25 + 0.5 * ((step * 0.618 + turn * 0.37) % 1), 0.4 + 0.03 * turn
        place = (left + across * width, top + down * height)
        page.mouse.move(place[0] - 3, place[1])
        watch(page, "pointermove", f"return {HOVERED}")
        page.mouse.move(*place)
        page.wait_for_timeout(60)
        if page.evaluate("bench.map().dataset.hover"):
            return watched(page)
    raise SystemExit("no point found to hover over")


def page_time(page: Page, _turn: int) -> float:
    """Turn to the gallery's next page."""
    settle(page, 600)
    remember(page)
    watch(page, "click", f"return {OTHER_TILES}")
    page.get_by_test_id("stPaginationNext").click()
    return watched(page)


def colour_time(page: Page, option: str) -> float:
    """Choose another colour."""
    settle(page)
    remember(page)
    done = "return bench.map()?.dataset.colours !== bench.coloured && bench.ready()"
    watch(page, "click", done)
    choose(page, "choice-colour", option)
    return watched(page)


def times_of(browser: Browser, address: str, repeats: int) -> dict[str, list[float]]:
    """Return the milliseconds of each act, repeated."""
    usable(new_tab(browser), address)  # warms the server
    found: dict[str, list[float]] = {"usable": [], "usable_again": []}
    for _ in range(repeats):
        page = new_tab(browser)
        found["usable"].append(usable(page, address))
        settle(page, 1000)
        found["usable_again"].append(usable(page, address))
        settle(page)
        page.context.close()
    page = new_tab(browser)
    usable(page, address)
    settle(page, 1000)
    hover_time(page, 0)

    def class_and_back(page: Page, _turn: int) -> float:
        taken = colour_time(page, "Class")
        colour_time(page, "Hardness in class")
        return taken

    acts: dict[str, Callable[[Page, int], float]] = {
        "hover": lambda page, turn: hover_time(page, turn + 1),
        "next_page": page_time,
        "colour": class_and_back,
        "colour_first": lambda page, turn: colour_time(page, COLOURS[turn % len(COLOURS)]),
        "lasso": lasso_time,
    }
    for name, act in acts.items():
        found[name] = [act(page, turn) for turn in range(repeats)]
    page.context.close()
    return found


def memory_of(browser: Browser, address: str, pid: int) -> dict[str, dict[str, float]]:
    """Return what the server holds along the way."""
    found = {"before": memory(pid)}
    page = new_tab(browser)
    usable(page, address)
    settle(page, 2000)
    found["explore"] = memory(pid)
    for turn in range(5):
        lasso_time(page, turn)
    settle(page, 1000)
    found["lassos"] = memory(pid)
    for colour in COLOURS:
        colour_time(page, colour)
    settle(page, 1000)
    found["colours"] = memory(pid)
    page.context.close()
    second = new_tab(browser)
    usable(second, address)
    settle(second, 1000)
    found["second_visitor"] = memory(pid)
    second.context.close()
    return found


def main() -> None:
    """Make the runs, drive the browser, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--samples", type=int, nargs="*", default=[2000, 100_000, 500_000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--memory", type=int, help="samples of the run whose memory is measured")
    options = parser.parse_args()
    result: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = browser_of(playwright)
        for samples in options.samples:
            with tempfile.TemporaryDirectory() as folder:
                explorable_run(Path(folder) / "run", samples, CLASSES)
                with serving(Path(folder)) as (address, _):
                    found = times_of(browser, f"{address}/explore?run=run", options.repeats)
            result[str(samples)] = {
                name: {
                    "median_ms": round(statistics.median(values)),
                    "limit_ms": limit(name, samples),
                    "all_ms": [round(value) for value in values],
                }
                for name, values in found.items()
            } | {"load": load()}
        if options.memory:
            with tempfile.TemporaryDirectory() as folder:
                explorable_run(Path(folder) / "run", options.memory, CLASSES)
                with serving(Path(folder)) as (address, server):
                    held = memory_of(browser, f"{address}/explore?run=run", server.pid)
            result["memory_mb"] = {"samples": options.memory, "limit": MEMORY_LIMIT, **held}
        browser.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
