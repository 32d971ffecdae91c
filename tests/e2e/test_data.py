"""A ZIP from the browser: uploaded, unpacked, looked at, scored, and seen on Explore."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dlc_core.datasets import load_dataset
from dlc_core.runs import Run

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
LONG = 90_000  # ms


def test_an_uploaded_zip_with_a_table(page: Page, serve: Serve, tmp_path: Path) -> None:
    data = load_dataset("digits").limited(60)
    lines = ["file,digit,site"]
    with zipfile.ZipFile(tmp_path / "my digits.zip", "w") as packed:
        for sample in data.samples:
            name = f"images/{sample.id:04d}.png"
            assert data.encoded is not None
            packed.writestr(name, data.encoded(sample))
            lines.append(f"{name},{sample.class_id},{'north' if sample.id % 3 else 'south'}")
        packed.writestr("photos.csv", "\n".join(lines))
    runs = tmp_path / "runs"
    page.goto(f"{serve(runs)}/score")
    page.get_by_text("Upload", exact=True).first.click(timeout=LONG)
    page.locator('input[type="file"]').set_input_files(tmp_path / "my digits.zip")
    page.get_by_role("button", name="Unpack").click(timeout=LONG)
    expect(page.get_by_text("my-digits").first).to_be_visible(timeout=LONG)
    labels = page.get_by_role("combobox", name="Labels")
    labels.fill("digit", timeout=LONG)
    labels.press("Enter")
    backbone = page.get_by_role("combobox", name="Backbone")
    backbone.fill("demo")
    backbone.press("Enter")
    expect(page.get_by_text("--label-column digit")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("60 images in 10 classes")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Start scoring").click()
    page.get_by_role("button", name="Explore").click(timeout=LONG)
    expect(page.get_by_text("All samples: 60")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("combobox", name="Values").click()
    page.get_by_role("option", name="south").click()
    south = sum(sample.id % 3 == 0 for sample in data.samples)
    expect(page.get_by_text(f"Shown: {south}")).to_be_visible(timeout=LONG)
    run = Run.open(next(path.parent for path in runs.glob("*/run.json")))
    assert (run.columns["site"] == "south").sum() == south
    assert run.info["dataset"]["root"].startswith(str(runs / ".uploads" / "my-digits"))
