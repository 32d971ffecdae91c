"""From nothing measured to a first answer, in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dlc_core.jobs import measuring
from dlc_core.runs import Run

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
LONG = 90_000  # ms


def test_a_first_answer_comes_while_it_is_measured_and_stays(
    page: Page, serve: Serve, digits_run: Run, tmp_path: Path
) -> None:
    run = tmp_path / "runs" / "digits"
    shutil.copytree(digits_run.path, run)
    page.goto(f"{serve(run.parent)}/evidence")
    expect(page.get_by_text("Nothing is measured yet")).to_be_visible(timeout=LONG)
    seeds = page.get_by_label("Seeds", exact=True)
    seeds.fill("50")  # so that it is not done before it can be cancelled
    seeds.press("Enter")
    expect(page.get_by_text("2,050 trainings of the probe")).to_be_visible(timeout=LONG)
    page.locator(".st-key-measure button").click()
    try:
        advice = page.locator(".st-key-evidence-advice")
        expect(advice).to_contain_text("kept expect", timeout=LONG)
        page.reload()
        cancel = page.get_by_role("button", name="Cancel", exact=True)
        expect(cancel).to_be_visible(timeout=LONG)  # another visit finds it
        expect(page.locator(".st-key-evidence-gaps .main-svg").first).to_be_visible(timeout=LONG)
        cancel.click()
        expect(cancel).to_be_hidden(timeout=LONG)
        seeds.fill("50")
        seeds.press("Enter")
        expect(page.get_by_text("of 2,050 trainings of the probe")).to_be_visible(timeout=LONG)
        expect(page.get_by_role("button", name="Measure the rest")).to_be_enabled()
        expect(advice).to_be_visible()
        page.locator('[data-testid="stSidebarNavLink"]').filter(has_text="Prune").click()
        expect(page.get_by_text("kept expect")).to_be_visible(timeout=LONG)
    finally:
        work = measuring.measuring_of(run)
        if work is not None and work.state == "running":
            measuring.cancel(work.folder)
