"""From an open run to a downloaded subset, its recipe and its images."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from dlc_core.cli import main

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
LONG = 90_000  # ms


def test_take_table_recipe_and_zip_away_and_rebuild(
    page: Page, serve: Serve, folder: Path, tmp_path: Path
) -> None:
    runs, run = tmp_path / "runs", str(tmp_path / "runs" / "pets")
    assert main(["score", str(folder), "--masks", "1", "--out", run]) == 0
    page.goto(f"{serve(runs, data_root=folder)}/export?pruned=50&seed=3")
    expect(page.get_by_text("6 of 12 samples")).to_be_visible(timeout=LONG)
    for key in ("csv", "recipe"):
        with page.expect_download() as started:
            page.locator(f".st-key-download-{key} button").click()
        started.value.save_as(tmp_path / key)
        assert started.value.suggested_filename.endswith({"csv": ".csv"}.get(key, ".recipe.json"))
    kept = pd.read_csv(tmp_path / "csv")["path"].tolist()
    assert len(kept) == 6

    page.get_by_role("button", name="Make the ZIP").click()
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=LONG)
    with page.context.expect_event("page") as opened, page.expect_download() as started:
        link.click()
    started.value.save_as(tmp_path / "kept.zip")
    assert opened.value
    assert started.value.suggested_filename == "pets-flexrand-keep-0.5-gamma-0.5-seed-3.zip"
    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        assert sorted(archive.namelist()) == sorted(kept)
        for name in kept:
            assert archive.read(name) == (folder / name).read_bytes()

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    assert not list(Path(run, "exports").glob("*.zip*"))

    rebuilt = tmp_path / "rebuilt.csv"
    assert main(["prune", run, "--recipe", str(tmp_path / "recipe"), "--out", str(rebuilt)]) == 0
    assert rebuilt.read_bytes() == (tmp_path / "csv").read_bytes()
