"""A browser with the token sees everything, one without it sees how to bring it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
TOKEN = "a-token-of-tests"
LONG = 90_000  # ms


def test_the_token_opens_every_page_and_leaves_the_address(
    page: Page, browser: Browser, serve: Serve, digits_runs: Path
) -> None:
    address = serve(digits_runs, token=TOKEN)
    page.goto(f"{address}/explore?run=digits-demo&token={TOKEN}")
    expect(page.get_by_text("All samples: 1,797")).to_be_visible(timeout=LONG)
    expect(page.locator(".scatter[data-ready='1']")).to_be_visible(timeout=LONG)
    assert "token" not in page.url
    picture = page.locator(".st-key-gallery .tile img").first
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert page.evaluate("document.cookie").count("dlc-") == 0  # HttpOnly
    page.get_by_role("link", name="Prune", exact=True).click()
    expect(page.get_by_text("539", exact=True)).to_be_visible(timeout=LONG)

    context = browser.new_context()  # another browser
    stranger = context.new_page()
    stranger.goto(f"{address}/prune?run=digits-demo")
    expect(stranger.get_by_role("heading")).to_have_text("This dashboard needs its token")
    stranger.get_by_label("Token").fill("wrong-token")
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_text("That is not the token of this dashboard.")).to_be_visible()
    stranger.get_by_label("Token").fill(TOKEN)
    stranger.get_by_role("button", name="Open").click()
    expect(stranger.get_by_text("539", exact=True)).to_be_visible(timeout=LONG)
    assert "run=digits-demo" in stranger.url
    assert "token" not in stranger.url
    context.close()
