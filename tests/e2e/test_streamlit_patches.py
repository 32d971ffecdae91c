"""Ticks of a page that is being left, at any moment: the next page is drawn whole all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Serve = Callable[..., str]
LONG = 90_000  # ms

# Keeps the last request that came of itself (a timer's), and at the next click sends it again and
# again while the new page is on its way: what a busy machine does now and then.
AGAIN = """(() => {
  const send = WebSocket.prototype.send
  let last = null, socket = null, clicked = -1e9
  window.ticks = {armed: false, sent: 0}
  window.addEventListener("click", () => {
    clicked = performance.now()
    if (!window.ticks.armed || !last) return
    const again = last
    for (const wait of [1, 5, 10, 20, 40, 60, 80, 100, 130, 160, 200, 250, 300, 400, 500, 700, 900])
      setTimeout(() => { window.ticks.sent += 1; send.call(socket, again) }, wait)
  }, true)
  WebSocket.prototype.send = function (message) {
    socket = this
    if (performance.now() - clicked > 1500) last = message
    return send.call(this, message)
  }
})()"""


def test_a_page_is_drawn_whole_whatever_the_old_one_still_asks_for(
    page: Page, serve: Serve, tmp_path: Path
) -> None:
    page.add_init_script(AGAIN)
    page.goto(f"{serve(tmp_path / 'runs')}/score")
    masks = page.get_by_role("spinbutton", name="Masks")
    masks.fill("400", timeout=LONG)
    masks.press("Tab")
    expect(page.get_by_text("--masks 400")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Start scoring").click()
    for waited, sent in (("Cancel", 17), ("Finish now", 34)):  # without scores, with some
        page.get_by_role("button", name=waited).first.wait_for(timeout=LONG)
        page.wait_for_timeout(2500)  # so that what was sent last is a timer's
        page.evaluate("window.ticks.armed = true")
        page.get_by_role("link", name="Explore", exact=True).click()
        expect(page.get_by_role("heading", name="Explore")).to_be_visible(timeout=LONG)
        page.wait_for_function(f"window.ticks.sent === {sent}")
        page.wait_for_timeout(1000)
        expect(page.get_by_role("heading", name="Explore")).to_be_visible()
        # And its own timers are heard: progress comes, or the page itself when there are scores.
        expect(page.get_by_text("of 400 masks")).to_be_visible(timeout=LONG)
        page.evaluate("window.ticks.armed = false")
        page.get_by_role("link", name="Score", exact=True).click()
        expect(page.get_by_role("heading", name="Score")).to_be_visible(timeout=LONG)
