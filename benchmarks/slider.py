"""How quickly the Prune page answers a slider, in a real Chromium, on a synthetic run.

Command (with Chromium on the PATH):

    python -m benchmarks.slider [--samples 100000] [--classes 100] [--steps 15]

Cost: about half a minute. Prints one JSON object: median and largest milliseconds from a key press
on the slider to the new number on the page, and how long the core alone takes for one selection.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.first_minute import LONG, browser_of, open_patiently
from benchmarks.synthetic import synthetic_run
from dlc_core.runs import Run
from dlc_core.selection import Recipe, run_candidates, subset_of


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


def page_milliseconds(runs: Path, samples: int, steps: int) -> list[float]:
    """Return the times from a key press on the slider to the new number of kept samples."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dlc_core", "app", str(runs), "--no-browser"]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL)
    times = []
    with sync_playwright() as playwright:
        page = browser_of(playwright).new_page()
        open_patiently(page, f"http://127.0.0.1:{port}/prune")
        slider = page.locator(".st-key-pruned input[type=range]")
        slider.wait_for(timeout=LONG)
        page.wait_for_timeout(2000)
        slider.focus()
        for step in range(1, steps + 1):
            kept = f"{np.floor((0.3 - step / 100) * samples + 0.5):,.0f}"
            begun = time.perf_counter()
            slider.press("ArrowRight")
            page.get_by_text(kept, exact=True).wait_for(timeout=LONG)
            times.append(1000 * (time.perf_counter() - begun))
    server.terminate()
    server.wait(20)
    return times


def main() -> None:
    """Make the run, time it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--steps", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        run = synthetic_run(runs / "synthetic", options.samples, options.classes)
        core = core_milliseconds(run, options.steps)
        times = page_milliseconds(runs, options.samples, options.steps)
    result = {
        "samples": options.samples,
        "classes": options.classes,
        "core_median_ms": round(core, 1),
        "page_median_ms": round(statistics.median(times), 1),
        "page_largest_ms": round(max(times), 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
