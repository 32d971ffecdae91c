"""Jobs from the Score page: real images and weights, cancel, reload, resume."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dlc_core.runs import Run

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
LONG = 90_000  # ms


def test_a_folder_with_a_weights_file(
    page: Page, serve: Serve, tmp_path: Path, shared: Path
) -> None:
    runs = tmp_path / "runs"
    page.goto(f"{serve(runs, data_root=shared)}/score")
    page.get_by_text("Folder or file").first.click(timeout=LONG)
    page.get_by_role("textbox", name="Folder or file").fill(str(shared / "images/textures10/train"))
    backbone = page.get_by_role("combobox", name="Backbone")
    backbone.fill("mobilenet_v2")
    backbone.press("Enter")
    weights = page.get_by_label("Weights file", exact=True)
    weights.fill(str(shared / "weights/mobilenet_v2_imagenet.pth"))
    weights.press("Tab")
    page.get_by_role("spinbutton", name="Samples at most").fill("50")
    masks = page.get_by_role("spinbutton", name="Masks")
    masks.fill("5")
    masks.press("Tab")
    expect(page.get_by_text(re.compile("--limit 50 .*--weights .*--masks 5"))).to_be_visible()
    page.get_by_role("button", name="Start scoring").click()
    page.get_by_role("button", name="Explore").click(timeout=LONG)
    expect(page.get_by_text("All samples: 50")).to_be_visible(timeout=LONG)
    page.locator(".st-key-gallery .tile").first.dblclick()
    picture = page.get_by_role("img", name="The sample")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") >= 300
    run = Run.open(runs / "textures10-train-mobilenet_v2")
    assert run.losses.shape == (5, 50)
    assert run.info["backbone"]["preprocess"]["resize"] == 256


def test_estimate_cancel_reload_and_resume(page: Page, serve: Serve, tmp_path: Path) -> None:
    page.goto(f"{serve(tmp_path / 'runs')}/score")
    page.get_by_role("button", name="Estimate").click(timeout=LONG)
    estimate = page.get_by_text(re.compile(r"About \d+ s; at most .* of memory"))
    expect(estimate).to_be_visible(timeout=LONG)
    assert not list((tmp_path / "runs").glob("*/run.json"))
    masks = page.get_by_role("spinbutton", name="Masks")
    masks.fill("60", timeout=LONG)
    masks.press("Tab")
    page.get_by_role("button", name="Start scoring").click()
    expect(page.get_by_text(re.compile(r"Scoring: mask \d+ of 60"))).to_be_visible(timeout=LONG)
    page.reload()
    expect(page.get_by_text(re.compile(r"Scoring: mask \d+ of 60"))).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Scoring stopped before the end")).to_be_visible(timeout=LONG)
    page.get_by_role("link", name="Explore", exact=True).click()
    expect(page.get_by_text("Scoring stopped before the end")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Resume").click(timeout=LONG)
    page.get_by_role("link", name="Prune", exact=True).click()
    expect(page.get_by_text("539", exact=True)).to_be_visible(timeout=LONG)


def test_scores_sharpen_while_one_looks_and_finishing_early_keeps_them(
    page: Page, serve: Serve, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    page.goto(f"{serve(runs)}/score")
    masks = page.get_by_role("spinbutton", name="Masks")
    masks.fill("300", timeout=LONG)
    masks.press("Tab")
    page.get_by_role("button", name="Start scoring").click()
    page.get_by_role("button", name="Finish now").wait_for(timeout=LONG)  # there are scores
    page.get_by_role("link", name="Explore", exact=True).click()
    banner = page.get_by_text(re.compile(r"Scores from (\d+) of 300 masks"))
    expect(banner).to_be_visible(timeout=LONG)
    expect(page.locator(".st-key-gallery .tile")).to_have_count(60)
    first = banner.inner_text()
    page.wait_for_function(
        "first => { const text = document.body.innerText;"
        " const found = text.match(/Scores from \\d+ of 300 masks/);"
        " return found && !first.startsWith(found[0]); }",
        arg=first,
        timeout=LONG,
    )
    page.get_by_role("button", name="Finish now").click()
    expect(
        page.get_by_text(re.compile(r"Finished early: the scores rest on \d+ of 300"))
    ).to_be_visible(timeout=LONG)
    expect(page.locator(".scatter[data-ready='1']")).to_be_visible(timeout=LONG)
    run = Run.open(runs / "digits-demo")
    assert run.done
    assert 1 < len(run.masks_done) < 300
