"""A subset comes back as an upload, is shown on Explore, and its link holds after a reload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dlc_core.cli import main

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
LONG = 90_000  # ms


def test_a_subset_is_brought_back_and_shown(
    page: Page, serve: Serve, folder: Path, tmp_path: Path
) -> None:
    runs, run = tmp_path / "runs", str(tmp_path / "runs" / "pets")
    assert main(["score", str(folder), "--masks", "1", "--out", run]) == 0
    kept = tmp_path / "kept.parquet"
    assert main(["prune", run, "--keep", "0.25", "--out", str(kept)]) == 0
    page.goto(f"{serve(runs, data_root=folder)}/export")  # Explore was never open
    page.get_by_text("Bring back a file").click(timeout=LONG)
    page.locator("input[type=file]").set_input_files(kept)
    expect(page.get_by_text("is a subset (Parquet): 3 of the 12 samples")).to_be_visible()
    page.get_by_role("button", name="Show in Explore").click()
    shown = page.locator(".st-key-chips").get_by_text("Shown: 3 of 12")
    expect(shown).to_be_visible(timeout=LONG)
    assert "subset=" in page.url
    page.reload()
    expect(shown).to_be_visible(timeout=LONG)
