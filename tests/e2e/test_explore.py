"""Explore in a browser: one selection in chips, map, histogram and gallery; decisions; links."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from dlc_core.decisions import Decided, read_log
from dlc_core.issues import ISSUES, read_issues
from dlc_core.runs import Run

from .conftest import serving

pytestmark = pytest.mark.browser
Visit = Callable[[], Page]
LONG = 30_000  # ms: the first page of a server on a busy machine
TILES = ".st-key-gallery .tile"
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
READY = '.scatter[data-ready="1"]'
SHOWN = re.compile(r"^(Shown|All samples): [\d,]+")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, digits_run: Run) -> Path:
    """The scored digits under several names: a test that decides has a run of its own."""
    folder = tmp_path_factory.mktemp("explored")
    for name in ("look", "lassoed", "two-tabs", "reloaded", "keys", "relabelled"):
        shutil.copytree(digits_run.path, folder / name)
    return folder


@pytest.fixture(scope="module")
def address(runs: Path) -> Iterator[str]:
    """The address of the Explore page, without a run."""
    with serving(runs) as server:
        yield f"{server}/explore"


def opened(page: Page, link: str) -> Page:
    """Open a link and wait until map and gallery stand."""
    page.goto(link)
    expect(page.locator(READY)).to_be_visible(timeout=LONG)
    expect(page.locator(TILES).first).to_be_visible()
    return idle(page)


def idle(page: Page) -> Page:
    """Wait until the server has nothing to do for this page."""
    page.wait_for_selector(IDLE)
    return page


def agreed(page: Page) -> int:
    """Return how many samples are in view; chips, map, gallery and its button say the same."""
    idle(page)
    text = page.locator(".st-key-chips").get_by_text(SHOWN).inner_text()
    count = int(re.sub(r"\D", "", text.partition(" of ")[0]))
    expect(page.locator(READY)).to_have_attribute("data-shown", str(count))
    expect(page.locator(".st-key-pick-all")).to_contain_text(f"All {count:,}")
    expect(page.locator(TILES)).to_have_count(min(60, count))
    return count


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} button").first


def ids(page: Page) -> list[int]:
    tiles = page.locator(TILES)
    return [int(i) for i in tiles.evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")]


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def lasso(page: Page, share: float) -> None:
    """Draw a box from the map's upper left corner over this share of both its sides."""
    box = page.locator(".scatter .top").bounding_box()
    assert box is not None
    corners = [(0.01, 0.01), (share, 0.01), (share, share), (0.01, share), (0.01, 0.03)]
    places = [(box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()
    expect(button(page, "chip-lasso")).to_be_visible()


def decided(runs: Path, name: str) -> Decided:
    return read_log(runs / name).state(np.arange(1797))


def test_the_brush_filters_map_and_gallery(page: Page, address: str, digits_run: Run) -> None:
    opened(page, f"{address}?run=look")
    assert agreed(page) == 1797
    box = page.locator(".st-key-brush svg").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.6 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, y, steps=5)
    page.mouse.up()
    expect(button(page, "chip-score")).to_be_visible()
    low, high = map(float, parameters(page)["score"][0].split(".."))
    scores = digits_run.samples["score"].to_numpy()
    wanted = int(((scores >= low) & (scores <= high)).sum())
    assert agreed(page) == wanted
    assert 0 < wanted < 1797
    assert high == scores.max()  # the hardest sample is in the link as well
    expect(button(page, "chip-score")).to_contain_text(f"· {wanted:,}")
    page.locator(".st-key-brush svg").press("Escape")
    expect(button(page, "chip-score")).to_have_count(0)
    assert agreed(page) == 1797
    assert "score" not in parameters(page)


def test_lasso_open_exclude_close_undo(page: Page, address: str, runs: Path) -> None:
    opened(page, f"{address}?run=lassoed")
    lasso(page, 0.6)
    count = agreed(page)
    assert 0 < count < 1797
    first = ids(page)[0]
    page.locator(TILES).first.dblclick()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"1 of {count:,}", exact=True)).to_be_visible()
    button(page, "sample-exclude").click()
    expect(dialog.get_by_text("excluded: never kept")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert agreed(page) == count
    tile = page.locator(f'{TILES}[data-id="{first}"]')
    expect(tile.get_by_text("excluded", exact=True)).to_be_visible()
    assert np.flatnonzero(decided(runs, "lassoed").excluded).tolist() == [first]
    button(page, "explore-undo").click()
    expect(page.get_by_text(re.compile("^Undone: "))).to_be_visible()
    expect(tile.get_by_text("excluded", exact=True)).to_have_count(0)
    assert not decided(runs, "lassoed").excluded.any()
    button(page, "chip-lasso").click()
    expect(button(page, "chip-lasso")).to_have_count(0)
    assert agreed(page) == 1797


def test_the_map_opens_the_sample_it_tells_of(page: Page, address: str, digits_run: Run) -> None:
    opened(page, f"{address}?run=look")
    page.locator(".scatter .top").press("Space")
    expect(page.locator(".scatter")).to_have_attribute("data-hover", re.compile(r"\d"))
    row = int(page.locator(".scatter").get_attribute("data-hover") or -1)
    path = str(digits_run.samples["path"].iat[row])
    expect(page.locator(".scatter .tooltip")).to_contain_text(path)
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(path, exact=True)).to_be_visible()
    before = dialog.get_by_text(re.compile(r"^[\d,]+ of 1,797$")).inner_text()
    page.keyboard.press("ArrowRight")  # the next one of the gallery's order
    expect(dialog.get_by_text(before, exact=True)).to_have_count(0)
    expect(dialog.get_by_text(path, exact=True)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_link_shows_another_visitor_the_same(visit: Visit, address: str, digits_run: Run) -> None:
    kinds = read_issues(digits_run)
    assert kinds is not None
    found = ISSUES["ambiguous"].mask(kinds)
    some = sorted({int(c) for c in digits_run.samples["class_id"][found]})
    assert some, "the demo has ambiguous digits"
    classes = "".join(f"&class={c}" for c in some)
    one = visit()
    for conditions, share in (
        (f"{classes}&kind=ambiguous&hardness=1..100&order=easiest&colour=kind", 0.99),
        ("&class=1&class=3&class=8&hardness=20..95&order=random&colour=class&layout=class", 0.6),
    ):
        opened(one, f"{address}?run=look{conditions}")
        without = agreed(one)
        lasso(one, share)
        count = agreed(one)
        assert 0 < count <= without
        expect(one).to_have_url(re.compile("lasso="))
        other = opened(visit(), one.url)
        assert agreed(other) == count
        assert ids(other) == ids(one)
        chips = [p.locator(".st-key-chips button").all_inner_texts() for p in (one, other)]
        assert chips[0] == chips[1]
        assert len(chips[0]) >= 4
        for part in ("data-colours", "data-shown"):
            values = [p.locator(".scatter").get_attribute(part) for p in (one, other)]
            assert values[0] == values[1]
        assert parameters(other) == parameters(one)


def test_two_tabs_decide_at_once(visit: Visit, address: str, runs: Path) -> None:
    one, two = (opened(visit(), f"{address}?run=two-tabs") for _ in range(2))
    first, second = ids(one)[:2]
    assert ids(two)[:2] == [first, second]
    one.locator(TILES).nth(0).press("p")
    two.locator(TILES).nth(1).press("x")
    for page, words in ((one, "^Pinned"), (two, "^Excluded")):
        expect(page.get_by_text(re.compile(words))).to_be_visible()
    state = decided(runs, "two-tabs")
    assert np.flatnonzero(state.pinned).tolist() == [first]
    assert np.flatnonzero(state.excluded).tolist() == [second]
    assert len((runs / "two-tabs" / "decisions.jsonl").read_text().splitlines()) == 2
    button(one, "explore-undo").click()
    expect(one.get_by_text(re.compile("^Undone: "))).to_be_visible()
    state = decided(runs, "two-tabs")
    assert not state.pinned.any()
    assert np.flatnonzero(state.excluded).tolist() == [second]
    # What the other one did is seen with the next look, and cannot be undone from here.
    expect(one.locator(TILES).nth(1).get_by_text("excluded", exact=True)).to_be_visible()
    expect(button(one, "explore-undo")).to_be_disabled()
    expect(button(two, "explore-undo")).to_be_enabled()


def test_a_reload_and_a_change_of_page_lose_nothing(page: Page, address: str, runs: Path) -> None:
    opened(page, f"{address}?run=reloaded")
    page.get_by_role("combobox", name="Classes").click()
    page.get_by_role("option", name="4", exact=True).click()
    page.keyboard.press("Escape")
    expect(button(page, "chip-classes-4")).to_be_visible()
    count = agreed(page)
    first = ids(page)[0]
    page.locator(TILES).first.click()
    button(page, "explore-pin").click()
    pinned = page.locator(f'{TILES}[data-id="{first}"]').get_by_text("pinned", exact=True)
    expect(pinned).to_be_visible()
    page.reload()
    expect(page.locator(READY)).to_be_visible(timeout=LONG)
    assert agreed(page) == count
    expect(pinned).to_be_visible()
    page.get_by_role("link", name="Prune", exact=True).click()
    expect(page.get_by_text("1 pinned")).to_be_visible()
    page.get_by_role("link", name="Explore", exact=True).click()
    expect(button(page, "chip-classes-4")).to_be_visible()
    expect(page.locator(READY)).to_be_visible(timeout=LONG)
    assert agreed(page) == count
    assert parameters(page)["class"] == ["4"]
    assert np.flatnonzero(decided(runs, "reloaded").pinned).tolist() == [first]


def test_the_gallery_by_keyboard(page: Page, address: str, runs: Path) -> None:
    opened(page, f"{address}?run=keys")
    shown = ids(page)
    focused = page.locator(f"{TILES}:focus")
    grid = page.locator(".st-key-gallery .grid")
    marked = page.locator(f'{TILES}[aria-selected="true"]')
    columns = int(grid.evaluate("g => getComputedStyle(g).gridTemplateColumns.split(' ').length"))
    page.locator(TILES).first.focus()
    for key, place in (
        ("ArrowRight", 1), ("ArrowDown", 1 + columns), ("ArrowUp", 1), ("ArrowLeft", 0),
        ("ArrowLeft", 0), ("End", 59), ("Home", 0), ("ArrowRight", 1),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(focused).to_have_attribute("data-id", str(shown[place]))
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(marked).to_have_count(4)
    expect(page.locator(".st-key-gallery .says")).to_contain_text("4 picked")
    page.keyboard.press("x")
    expect(page.locator(f"{TILES}.gone")).to_have_count(4)
    expect(page.get_by_text(re.compile("^Excluded 4"))).to_be_visible()
    assert set(np.flatnonzero(decided(runs, "keys").excluded)) == set(shown[1:5])
    expect(focused).to_have_attribute("data-id", str(shown[4]))  # the redrawn one
    page.keyboard.press("Control+z")
    expect(page.locator(f"{TILES}.gone")).to_have_count(0)
    page.keyboard.press("Control+a")
    expect(marked).to_have_count(60)
    page.keyboard.press("Escape")
    expect(marked).to_have_count(0)
    page.keyboard.press("p")  # nothing is picked: the tile with the focus
    expect(focused.get_by_text("pinned", exact=True)).to_be_visible()
    assert np.flatnonzero(decided(runs, "keys").pinned).tolist() == [shown[4]]
    idle(page)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("5 of 1,797", exact=True)).to_be_visible()
    expect(dialog.get_by_text("pinned: always kept")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    idle(page)
    page.locator(TILES).first.press("PageDown")
    expect(page.locator(TILES).first).not_to_have_attribute("data-id", str(shown[0]))
    expect(page).to_have_url(re.compile("page=2"))
    assert not set(ids(page)) & set(shown)
    idle(page)
    page.locator(TILES).first.press("PageUp")
    expect(page.locator(TILES).first).to_have_attribute("data-id", str(shown[0]))


def test_relabel_and_note_from_the_sample(page: Page, address: str, runs: Path) -> None:
    run = Run.open(runs / "relabelled")
    kinds = read_issues(run)
    assert kinds is not None
    opened(page, f"{address}?run=relabelled&kind=label-error&order=suspicious")
    (sample, *_) = ids(page)
    suspected = run.classes[int(kinds["suspected_class"].to_numpy()[sample])]
    expect(page.locator(TILES).first.get_by_text(f"{suspected}?", exact=True)).to_be_visible()
    page.locator(TILES).first.dblclick()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Relabel").click()
    # The suspected class is filled in; one press is enough.
    field = page.get_by_role("combobox", name="The right class")
    expect(field).to_have_value(suspected)
    page.locator(".st-key-sample-relabel button").click()
    expect(dialog.get_by_text(f"relabelled as {suspected}")).to_be_visible()
    expect(field).to_be_hidden()
    idle(page)
    dialog.get_by_role("button", name="Note").click()
    page.get_by_role("textbox", name="Note").fill("seen <b>by</b> two")
    page.get_by_role("button", name="Save the note").click()
    expect(dialog.get_by_text("note: seen <b>by</b> two")).to_be_visible()
    idle(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    state = decided(runs, "relabelled")
    assert (state.relabelled, state.notes) == ({sample: suspected}, {sample: "seen <b>by</b> two"})


def test_the_browsers_back_button(page: Page, address: str) -> None:
    opened(page, f"{address}?run=look&class=3")
    count = agreed(page)
    button(page, "chip-classes-3").click()
    expect(page.get_by_text("All samples: 1,797")).to_be_visible()
    idle(page)
    page.go_back()
    expect(button(page, "chip-classes-3")).to_be_visible()
    assert agreed(page) == count
    page.go_forward()
    expect(page.get_by_text("All samples: 1,797")).to_be_visible()


def test_back_forth_invert_show_all(page: Page, address: str, digits_run: Run) -> None:
    fives = int((digits_run.samples["class_id"] == 5).sum())
    opened(page, f"{address}?run=look&class=5")
    assert agreed(page) == fives
    button(page, "filter-invert").click()
    expect(button(page, "chip-inverted")).to_be_visible()
    assert agreed(page) == 1797 - fives
    button(page, "filter-back").click()
    expect(button(page, "chip-inverted")).to_have_count(0)
    assert agreed(page) == fives
    assert "inverted" not in parameters(page)
    button(page, "filter-forth").click()
    expect(button(page, "chip-inverted")).to_be_visible()
    expect(button(page, "filter-forth")).to_be_disabled()
    assert agreed(page) == 1797 - fives
    button(page, "filter-show-all").click()
    expect(page.get_by_text("All samples: 1,797")).to_be_visible()
    assert agreed(page) == 1797
    assert set(parameters(page)) == {"run"}
    button(page, "filter-back").click()
    expect(button(page, "chip-classes-5")).to_be_visible()
    assert agreed(page) == 1797 - fives


def test_without_webgl2_a_plain_chart_stands_in(page: Page, address: str) -> None:
    page.add_init_script(
        """const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind === "webgl2" ? null : get.call(this, kind, ...rest);
        };"""
    )
    page.goto(f"{address}?run=look&class=5")
    expect(page.locator(".st-key-plain-map .js-plotly-plot")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("This browser has no WebGL2")).to_be_visible()
    expect(page.locator(".scatter .top")).to_have_count(0)  # plotly has a .scatter, too
    expect(page.locator(TILES)).to_have_count(60)
    button(page, "chip-classes-5").click()
    expect(page.get_by_text("All samples: 1,797")).to_be_visible()
    expect(page.get_by_text("1,797 of 1,797 samples are drawn")).to_be_visible()
