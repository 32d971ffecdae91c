"""The main path, as a person walks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from dlc_core.cli import main

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
LONG = 90_000  # ms: a job that loads PyTorch on a busy machine


def lasso(page: Page) -> None:
    """Draw around most of the map."""
    box = page.locator(".scatter .top").bounding_box()
    assert box is not None
    x, y, w, h = box["x"], box["y"], box["width"], box["height"]
    corners = [(0.15, 0.05), (0.75, 0.05), (0.75, 0.75), (0.15, 0.75), (0.15, 0.08)]
    page.mouse.move(x + w * corners[0][0], y + h * corners[0][1])
    page.mouse.down()
    for right, down in corners[1:]:
        page.mouse.move(x + w * right, y + h * down, steps=8)
    page.mouse.up()


def test_score_explore_lasso_open_prune_download(page: Page, serve: Serve, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    address = serve(runs)
    page.goto(f"{address}/score")
    expect(page.get_by_role("heading", name="Score")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("None yet.")).to_be_visible()
    masks = page.get_by_role("spinbutton", name="Masks")
    masks.fill("4")
    masks.press("Tab")
    expect(page.get_by_text("--masks 4")).to_be_visible()
    page.get_by_role("button", name="Start scoring").click()
    page.get_by_role("button", name="Explore").click(timeout=LONG)

    expect(page.get_by_role("heading", name="Explore")).to_be_visible()
    expect(page.get_by_text("All samples: 1,797")).to_be_visible(timeout=LONG)
    expect(page.locator(".scatter[data-ready='1']")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("UMAP · drag to lasso")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Suspected label error")).to_be_visible(timeout=LONG)  # all is computed
    tiles = page.locator(".st-key-gallery .tile")
    expect(tiles).to_have_count(60)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    lasso(page)
    title = page.get_by_text(re.compile(r"Shown: (?!1,797)[\d,]+ of 1,797"))
    expect(title).to_be_visible(timeout=LONG)
    count = int(re.sub(r"\D", "", title.inner_text().partition("of")[0]))
    assert 0 < count < 1797
    expect(page.locator(".scatter")).to_have_attribute("data-shown", str(count))

    tiles.first.dblclick()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Hardness in class")).to_be_visible()
    expect(dialog.get_by_text("this sample", exact=True)).to_be_visible()
    picture = dialog.get_by_role("img", name="The sample")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 8
    name = dialog.get_by_text(re.compile(r"digit_\d+\.png"))
    first = name.inner_text()
    dialog.get_by_role("button", name="Next").click()
    expect(name).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(title).to_be_visible()

    page.get_by_role("link", name="Prune", exact=True).click()
    expect(page.get_by_text("539", exact=True)).to_be_visible()
    slider = page.locator(".st-key-pruned input[type=range]")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    expect(page.get_by_text("449", exact=True)).to_be_visible()
    split = page.locator(".st-key-split input[type=range]")
    split.focus()
    for _ in range(10):
        split.press("ArrowLeft")
    # 714 = sum of floor(0.4 n_c) over the ten digits
    expect(page.get_by_text("easy ones (")).to_contain_text("of the 714 easy ones")

    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_text("449 of 1,797 samples")).to_be_visible()
    expect(page.get_by_text("--keep 0.25").first).to_contain_text("--gamma 0.4")
    for suffix in ("csv", "parquet", "json", "jsonl", "npy"):
        with page.expect_download() as started:
            page.locator(f".st-key-download-{suffix} button").click()
        file = tmp_path / f"browser.{suffix}"
        started.value.save_as(file)
        expected = tmp_path / f"typed.{suffix}"
        run = str(runs / "digits-demo")
        recipe = ["--keep", "0.25", "--gamma", "0.4", "--seed", "0"]
        assert main(["prune", run, *recipe, "--out", str(expected)]) == 0
        assert file.read_bytes() == expected.read_bytes()
    assert len(pd.read_csv(tmp_path / "browser.csv")) == 449


def test_first_deep_link_on_a_fresh_server(page: Page, serve: Serve, digits_runs: Path) -> None:
    address = serve(digits_runs)
    page.goto(f"{address}/prune?run=digits-demo")
    expect(page.get_by_role("heading", name="Prune")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("539", exact=True)).to_be_visible()
    links = page.locator('[data-testid="stSidebarNavLink"]').all_inner_texts()
    assert [link.split()[-1] for link in links] == [
        "Score", "Explore", "Classes", "Compare", "Decisions", "Prune", "Evidence", "Export",
    ]  # fmt: skip
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.title() == "Prune"


def test_mistakes_on_the_score_page_are_the_command_lines_sentences(
    page: Page, serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "data" / "single" / "cats").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(tmp_path / "data" / "single" / "cats" / "1.png")
    address = serve(tmp_path / "runs", data_root=tmp_path / "data")
    page.goto(f"{address}/score")
    page.get_by_text("Folder or file").first.click(timeout=LONG)
    folder = page.get_by_role("textbox", name="Folder or file")
    for path, words in (
        ("/etc", "is outside the folders this dashboard may read"),
        (str(tmp_path / "data" / "nowhere"), "no such folder:"),
        (str(tmp_path / "data" / "single"), "got a single class ('cats')"),
    ):
        folder.fill(path)
        folder.press("Tab")
        expect(page.get_by_text(f"dlc score {path} ")).to_be_visible()
        page.get_by_role("button", name="Start scoring").click()
        expect(page.get_by_text(words)).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_hostile_names_are_shown_and_not_executed(page: Page, serve: Serve, tmp_path: Path) -> None:
    label = 'l\'été <script>alert(1)<\u2215script> & "co"'
    names = ["<img src=x onerror=alert(1)>.png", "**b** [x](http:\u2215\u2215a.b).png", "a\nb.png"]
    for number, class_name in enumerate((label, "$x^2$ _em_")):
        folder = tmp_path / "data" / class_name
        folder.mkdir(parents=True)
        for place, name in enumerate(names):
            Image.new("RGB", (30, 30), (90 * number, 40 * place, 9)).save(folder / name)
    (tmp_path / "data" / label / "<b>bad<b>.png").write_bytes(b"<script>alert(2)</script>")
    run = str(tmp_path / "runs" / "hostile")
    assert main(["score", str(tmp_path / "data"), "--masks", "2", "--out", run]) == 0
    address = serve(tmp_path / "runs")
    page.goto(f"{address}/explore")
    expect(page.get_by_text("All samples: 6")).to_be_visible(timeout=LONG)
    page.get_by_role("combobox", name="Classes").click()
    expect(page.get_by_role("option", name=label)).to_be_visible()
    page.get_by_role("option", name="$x^2$ _em_").click()
    chip = page.locator(".st-key-chips").get_by_text("$x^2$ _em_ · 3").first
    expect(chip).to_be_visible()
    chip.click()
    expect(page.get_by_text("All samples: 6")).to_be_visible()
    field = page.get_by_placeholder("File name contains …")
    field.fill("<img src=x")
    field.press("Enter")
    chip = page.locator(".st-key-chip-name").get_by_text("name has <img src=x · 2").first
    expect(chip).to_be_visible()
    hover = page.locator(".st-key-gallery .tile").first.get_attribute("title") or ""
    assert "<img src=x onerror=alert(1)>.png" in hover
    chip.click()
    expect(page.get_by_text("All samples: 6")).to_be_visible()
    tile = page.locator(".tile", has_text="l'été <script>").first
    expect(tile).to_be_visible()
    tile.dblclick()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(label, exact=True).first).to_be_visible()
    page.keyboard.press("Escape")
    for name in ("classes", "decisions", "prune", "export", "score"):
        page.goto(f"{address}/{name}")
        heading = page.get_by_role("heading", name=name.capitalize(), exact=True)
        expect(heading).to_be_visible(timeout=LONG)
        page.wait_for_timeout(800)
    page.get_by_text("1 fault").click()
    page.wait_for_timeout(500)
    assert page.locator("script:not([src])", has_text="alert").count() == 0
