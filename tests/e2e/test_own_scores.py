"""A table of scores is brought in the browser, and pruned by."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import dlc_core as dlc
from dlc_core.runs import Run
from dlc_core.scores import scores_of

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
LONG = 90_000  # ms


def test_bring_a_table_prune_by_it_delete_it_and_bring_it_back(
    page: Page, serve: Serve, digits_run: Run, tmp_path: Path
) -> None:
    run = Run.open(shutil.copytree(digits_run.path, tmp_path / "runs" / "copy"))
    own = np.random.default_rng(0).permutation(len(run.samples))
    table = run.samples[["path"]].assign(a=-own, b=own)
    table.to_csv(tmp_path / "el2n epoch 10.csv", index=False)
    page.goto(f"{serve(tmp_path / 'runs')}/prune?strategy=hardest&pruned=90")
    opener = page.get_by_role("button", name="Scores of your own")
    expect(opener).to_be_visible(timeout=LONG)
    opener.click()
    page.locator("input[type=file]").set_input_files(tmp_path / "el2n epoch 10.csv")
    page.locator(".st-key-own-scores-column-0").get_by_role("combobox").click()
    page.get_by_role("option", name="b", exact=True).click()
    page.get_by_role("button", name="Import", exact=True).click()
    title = page.get_by_text("Hardness within the class by el2n-epoch-10")
    expect(title).to_be_visible(timeout=LONG)
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert scores_of(run, "el2n-epoch-10").tolist() == own.tolist()
    subset = dlc.select(run, strategy="hardest", keep_ratio=0.1, score="el2n-epoch-10")
    expect(page.get_by_text(f"{len(subset):,}", exact=True).first).to_be_visible()

    opener.click()
    page.locator(".st-key-own-scores-delete-el2n-epoch-10 button").first.click()
    undo = page.get_by_role("button", name="Undo: bring back el2n-epoch-10")
    expect(undo).to_be_visible()
    expect(title).to_be_hidden()
    undo.click()
    expect(undo).to_be_hidden()
    assert scores_of(run, "el2n-epoch-10").tolist() == own.tolist()
