"""A new user's first two minutes on a folder of images: ten suspects, three out, one relabelled.

Command (with Chromium on the PATH):

    python -m benchmarks.newcomer --images FOLDER --weights FILE --out OUT [--run RUN]

Cost: the scoring of 400 images (mobilenet_v2, fast; not counted; --run takes a finished run, which
is copied), then less than a minute of clicks. Without reading docs: open the program, order by
"Most suspicious label", look at ten, exclude three, relabel one, undo one. Prints one JSON object:
seconds of each step, their sum, and what decisions.jsonl says in the end, which is checked.
Screenshots of every step go to OUT.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.driving import choose, new_tab, press, serving, settle, usable
from benchmarks.first_minute import browser_of
from dlc_core.decisions import history, read_log
from dlc_core.issues import read_issues
from dlc_core.runs import Run

LIMIT = 120  # seconds
SAMPLES = 400
TILES = ".st-key-gallery .tile"


class Clicks:
    """Times each step and takes a picture after it."""

    def __init__(self, page: Page, out: Path, *, name: str = "newcomer") -> None:
        """Begin.

        Args:
            page: the tab.
            out: folder for the pictures.
            name: that the pictures' names begin with.
        """
        self.page = page
        self.out = out
        self.name = name
        self.seconds: dict[str, float] = {}

    def step(self, name: str, act: Callable[[], None]) -> None:
        """Do it, wait until the page is done with it, note the time."""
        begun = time.monotonic()
        act()
        settle(self.page, 200)
        self.seconds[name] = round(time.monotonic() - begun, 2)
        self.page.screenshot(path=self.out / f"{self.name}-{len(self.seconds)}.png")


def clicks(page: Page, address: str, out: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """Do what a newcomer would; return the seconds of each step and whom it was about."""
    steps = Clicks(page, out)
    tiles = page.locator(TILES)
    notes: dict[str, Any] = {}

    def ids() -> list[int]:
        return [int(identity) for identity in page.evaluate("bench.ids()").split(",")]

    def order() -> None:
        before = ids()
        choose(page, "choice-order", "Most suspicious label")
        page.wait_for_function("before => bench.ids() !== before", arg=",".join(map(str, before)))
        page.wait_for_function("bench.inSight()")

    def exclude() -> None:
        for place, keys in ((0, []), (1, ["Control"]), (2, ["Control"])):
            tiles.nth(place).click(modifiers=keys)  # type: ignore[arg-type]
        settle(page, 100)
        page.screenshot(path=out / "newcomer-picked.png")
        press(page, "explore-exclude")
        expect(tiles.nth(0)).to_have_class("tile gone")

    def look() -> None:
        tiles.nth(3).dblclick()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("Nearest in feature space").wait_for()
        dialog.locator("img").first.wait_for()

    def relabel() -> None:
        dialog = page.get_by_role("dialog")
        said = dialog.get_by_text("classifier that did not see it").first.inner_text()
        notes["evidence"] = said
        page.get_by_role("dialog").get_by_role("button", name="Relabel").click()
        page.get_by_role("combobox", name="The right class").click()
        settle(page, 100)
        page.screenshot(path=out / "newcomer-relabelling.png")
        option = next(
            name
            for name in page.get_by_role("option").all_inner_texts()
            if f"says {name.strip()} " in said
        )
        notes["relabelled_as"] = option
        page.get_by_role("option", name=option, exact=True).click()
        settle(page, 100)
        press(page, "sample-relabel")
        dialog.get_by_text("relabelled as").first.wait_for()

    def close() -> None:
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")

    def exclude_by_mistake() -> None:
        tiles.nth(4).click()
        settle(page, 100)
        press(page, "explore-exclude")
        expect(tiles.nth(4)).to_have_class("tile gone")

    def undo() -> None:
        press(page, "explore-undo")
        expect(tiles.nth(4)).to_have_class("tile")

    steps.step("open the program", lambda: void(usable(page, address)))
    steps.step("order by the most suspicious label", order)
    notes["ten"] = ids()[:10]
    steps.step("exclude three", exclude)
    steps.step("open one", look)
    steps.step("relabel it", relabel)
    steps.step("close it", close)
    steps.step("exclude one by mistake", exclude_by_mistake)
    steps.step("undo it", undo)
    return steps.seconds, notes


def void(_value: object) -> None:
    """Return nothing."""


def checked(folder: Path, ten: list[int], label: str) -> list[str]:
    """Return the log in words; stop if it is not what was clicked, or the ten are not the ten."""
    run, log = Run.open(folder), read_log(folder)
    ids = run.samples["id"].to_numpy()
    state = log.state(ids)
    excluded = set(ids[state.excluded].tolist())
    if excluded != set(ten[:3]) or state.relabelled != {ten[3]: label}:
        raise SystemExit(f"clicked {ten[:4]}, {label}; logged {excluded}, {state.relabelled}")
    kinds = read_issues(run)
    assert kinds is not None
    most = np.sort(kinds["suspicion"].to_numpy())[::-1][:10]
    shown = kinds.set_index("id")["suspicion"].loc[ten].to_numpy()
    if not np.array_equal(shown, most):
        raise SystemExit(f"the ten most suspicious have {most}, shown were {shown}")
    return [f"{row.what}: {row.status}" for row in history(log)]


def scored(images: Path, weights: str, folder: Path) -> None:
    """Score the images; issues and map are part of it."""
    command = [sys.executable, "-m", "dlc_core", "score", str(images), "--out", str(folder)]
    command += ["--profile", "fast", "--limit", str(SAMPLES)]
    command += ["--backbone", "mobilenet_v2", "--weights", weights] if weights else []
    subprocess.run(command, check=True)


def main() -> None:
    """Score, click, check, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=Path, required=True, help="folder of images")
    parser.add_argument("--weights", default="", help="of mobilenet_v2; without: the demo's")
    parser.add_argument("--run", type=Path, help="finished run of these images")
    parser.add_argument("--out", type=Path, required=True, help="folder for the screenshots")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        run = Path(folder) / "flowers"
        if options.run:
            shutil.copytree(options.run, run, ignore=shutil.ignore_patterns("decisions.jsonl"))
        else:
            scored(options.images, options.weights, run)
        browser = browser_of(playwright)
        with serving(Path(folder), data_root=options.images) as (address, _):
            seconds, notes = clicks(new_tab(browser), address, options.out)
        browser.close()
        log = checked(run, notes["ten"], notes["relabelled_as"])
    result = {
        "seconds": seconds,
        "total_seconds": round(sum(seconds.values()), 1),
        "limit_seconds": LIMIT,
        **notes,
        "decisions": log,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
