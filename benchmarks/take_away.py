"""From an open run to a downloaded 30 % subset and its recipe, rebuilt on the command line.

Command (with Chromium on the PATH):

    python -m benchmarks.take_away --run RUN --out OUT

Cost: less than a minute; the run is copied, not written to. In a browser in which the run is open
on Explore: go to Prune, move the pruning ratio there and back to 70 %, go to Export, download the
CSV and the recipe; then `dlc prune RUN --recipe FILE --out FILE` in a process of its own. Prints
one JSON object: seconds of each step, their sum, the limit, and how many samples the two tables
hold, which must be the same, byte for byte. Screenshots of every step go to OUT.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.driving import load, new_tab, press, serving, settle, usable
from benchmarks.first_minute import browser_of
from benchmarks.newcomer import Clicks
from dlc_core.export import read_ids
from dlc_core.runs import Run

LIMIT = 60  # seconds
PRUNED = 70  # percent
NAME = "run"


def take_away(page: Page, samples: int, out: Path, files: Path) -> dict[str, float]:
    """Do it in the browser; return the seconds of each step.

    Args:
        page: a tab in which the run is open on Explore.
        samples: of the run.
        out: folder for the screenshots.
        files: folder for what is downloaded: kept.csv and recipe.json.
    """
    steps = Clicks(page, out, name="take-away")
    kept = f"{math.floor((1 - PRUNED / 100) * samples + 0.5 + 1e-9):,}"

    def kept_is(text: str) -> None:
        page.get_by_test_id("stMetricValue").get_by_text(text, exact=True).first.wait_for()

    def to_prune() -> None:
        page.get_by_test_id("stSidebarNavLink").get_by_text("Prune", exact=True).click()
        page.get_by_role("heading", name="Prune").wait_for()
        kept_is(kept)

    def move() -> None:
        slider = page.locator(".st-key-pruned input[type=range]")
        slider.focus()
        slider.press("ArrowLeft")
        kept_is(f"{math.floor((1 - (PRUNED - 1) / 100) * samples + 0.5 + 1e-9):,}")
        slider.press("ArrowRight")
        kept_is(kept)

    def to_export() -> None:
        page.get_by_text("Next: take the subset away").click()
        page.get_by_role("heading", name="Export", exact=True).wait_for()
        page.get_by_text(f"{kept} of {samples:,} samples").wait_for()

    def download(key: str, name: str) -> None:
        with page.expect_download() as started:
            press(page, f"download-{key}")
        started.value.save_as(files / name)

    steps.step("go to Prune", to_prune)
    steps.step(f"move the pruning ratio, back to {PRUNED} %", move)
    steps.step("go to Export", to_export)
    steps.step("download the CSV", lambda: download("csv", "kept.csv"))
    steps.step("download the recipe", lambda: download("recipe", "recipe.json"))
    return steps.seconds


def rebuilt(run: Path, files: Path) -> tuple[float, str]:
    """Rebuild the subset from its recipe; return the seconds and what was said."""
    words = ["prune", str(run), "--recipe", str(files / "recipe.json")]
    words += ["--out", str(files / "rebuilt.csv")]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "dlc_core", *words], check=True, capture_output=True, text=True
    )
    return round(time.monotonic() - begun, 2), done.stderr.strip()


def main() -> None:
    """Take away, rebuild, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--run", type=Path, required=True, help="a finished run")
    parser.add_argument("--out", type=Path, required=True, help="folder for the screenshots")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs, files = Path(folder) / "runs", Path(folder)
        shutil.copytree(options.run, runs / NAME)
        run = Run.open(runs / NAME)
        browser = browser_of(playwright)
        with serving(runs) as (address, _):
            page = new_tab(browser)
            usable(page, f"{address}/?run={NAME}")
            settle(page)
            seconds = take_away(page, len(run.samples), options.out, files)
        browser.close()
        seconds["rebuild it on the command line"], said = rebuilt(run.path, files)
        one, two = (read_ids(files / name) for name in ("kept.csv", "rebuilt.csv"))
        same_bytes = (files / "kept.csv").read_bytes() == (files / "rebuilt.csv").read_bytes()
        if not same_bytes:
            raise SystemExit(f"downloaded {len(one)} ids, rebuilt {len(two)}: not the same table")
    result = {
        "samples": len(run.samples),
        "kept": len(one),
        "same_ids": one.tolist() == two.tolist(),
        "same_bytes": same_bytes,
        "said": said,
        "seconds": seconds,
        "total_seconds": round(sum(seconds.values()), 1),
        "limit_seconds": LIMIT,
        "load": load(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
