"""How quickly the Prune page answers a slider, in a real Chromium, on a synthetic run.

Command (with Chromium on the PATH):

    python -m benchmarks.slider [--samples 100000] [--classes 100] [--steps 15] [--beside]

Cost: about a minute. Prints one JSON object: median and largest milliseconds from a key press on
the slider to the frame in which the number, the map and the pictures are those of the new subset
(`page`), until the measures against random are there too (`measures`), per step of a burst of 30
key presses until the last one's map is drawn (`burst`), and how long the core alone takes for one
selection (`core`). The measures are those of sizes that nobody has asked for before.
`--beside` puts a saved recipe beside the present one; the map then shows what either keeps, so that
a step of it is timed to the number and the overlap alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.driving import LONG, choose, load, new_tab, serving, settle, watch, watched
from benchmarks.first_minute import browser_of
from benchmarks.synthetic import explorable_run
from dlc_core.recipes import Recipe, recipe_record, run_candidates, save_recipe, subset_of
from dlc_core.runs import Run

BESIDE = "beside"  # name of the saved recipe

# The map tells how many points it shows when it is drawn with them.
_PRUNE = """
bench.plan = () => bench.deep(".st-key-prune-map", ".scatter");
bench.kept = () => document.querySelector('[data-testid="stMetricValue"]')?.textContent ?? "";
bench.told = () => [...document.querySelectorAll('[data-testid="stHtml"]')]
  .map((part) => part.innerText).join();
bench.redrawn = (text) => bench.kept() === text && bench.plan()?.dataset.ready === "1"
  && (window.beside ? bench.told().includes(`${text} (`)
    : Number(bench.plan().dataset.shown).toLocaleString("en-US") === text);
bench.measured = (text) => bench.redrawn(text)
  && !document.body.innerText.includes("Updating: ")
  && document.querySelector('[data-testid="stApp"]').dataset.testScriptState === "notRunning";
"""


def core_milliseconds(run: Run, steps: int) -> float:
    """Return the median time of one selection, candidates and draw already in memory."""
    candidates = run_candidates(run)
    subset_of(run, candidates, Recipe())
    times = []
    for step in range(steps):
        begun = time.perf_counter()
        subset_of(run, candidates, Recipe(keep_ratio=0.2 + step / 100, gamma=0.3))
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def kept_at(samples: int, pruned: int) -> str:
    """Return the number that the page shows when so many percent are pruned."""
    return f"{np.floor(round(1 - pruned / 100, 4) * samples + 0.5):,.0f}"


def steps_of(page: Page, samples: int, steps: int, *, condition: str, first: int) -> list[float]:
    """Return the times from a key press to the condition, one percent after the other."""
    slider = page.locator(".st-key-pruned input[type=range]")
    slider.focus()
    times = []
    for step in range(1, steps + 1):
        text = kept_at(samples, first + step)
        watch(page, "keydown", f"return bench.{condition}({json.dumps(text)})")
        slider.press("ArrowRight")
        times.append(watched(page))
        settle(page, 500)
    return times


def burst(page: Page, samples: int, presses: int, first: int) -> float:
    """Return the milliseconds a press when they come one right after the other."""
    slider = page.locator(".st-key-pruned input[type=range]")
    slider.focus()
    text = kept_at(samples, first - presses)
    begun = time.perf_counter()
    for _ in range(presses):
        slider.press("ArrowLeft")
    page.wait_for_function(f"bench.redrawn({json.dumps(text)})", timeout=LONG)
    return 1000 * (time.perf_counter() - begun) / presses


def main() -> None:
    """Make the run, time it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--beside", action="store_true", help="put a saved recipe beside")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs = Path(folder)
        run = explorable_run(runs / "run", options.samples, options.classes)
        core = core_milliseconds(run, options.steps)
        if options.beside:
            samples = run_candidates(run)
            other = subset_of(run, samples, Recipe(gamma=0.2, keep_ratio=0.25))
            save_recipe(run.path, BESIDE, recipe_record(run, samples, other))
        with serving(runs) as (address, _):
            page = new_tab(browser_of(playwright), explores=False)
            page.add_init_script(_PRUNE)
            page.goto(f"{address}/prune?run=run&pruned=40")
            page.wait_for_function("bench.plan()?.dataset.ready === '1'", timeout=LONG)
            if options.beside:
                page.evaluate("window.beside = true")
                page.get_by_text("Saved recipes").click()
                page.wait_for_selector(".st-key-recipe-beside input")
                choose(page, "recipe-beside", BESIDE)
                page.get_by_text("Two recipes", exact=False).first.wait_for()
            settle(page, 2000)
            count, samples = options.steps, options.samples
            redrawn = steps_of(page, samples, count, condition="redrawn", first=40)
            measured = steps_of(page, samples, count, condition="measured", first=40 + count)
            settle(page, 1000)
            each = burst(page, samples, min(30, 2 * count), 40 + 2 * count)
    print(
        json.dumps(
            {
                "samples": options.samples,
                "beside": options.beside,
                "classes": options.classes,
                "core_median_ms": round(core, 1),
                "page_median_ms": round(statistics.median(redrawn)),
                "page_largest_ms": round(max(redrawn)),
                "measures_median_ms": round(statistics.median(measured)),
                "burst_ms_a_step": round(each),
                "load": load(),
            }
        )
    )


if __name__ == "__main__":
    main()
