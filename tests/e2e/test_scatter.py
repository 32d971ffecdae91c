"""The map in a real browser: a tiny app of its own, and its functions against slow references."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from benchmarks.driving import free_port, wait_until_ready
from dashboard.scatter.component import module_source

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
COUNT = 600
PLACES = np.random.default_rng(0).normal(0, 1, (COUNT, 2)).astype("<f4").astype(float)
READY = '.scatter[data-ready="1"]'

ASGI = """
import io
import numpy as np
import streamlit as st
from PIL import Image
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

COUNT = 600
random = np.random.default_rng(0)
places = random.normal(0, 1, (COUNT, 2)).astype("<f4")
order = np.linspace(0, 255, COUNT).astype("u1")
colours = {"hardness": order, "class": (np.arange(COUNT) % 3).astype("u1")}

def answer(values):
    return lambda request: Response(values.tobytes(), media_type="application/octet-stream")

def colour(request):
    return Response(colours[request.path_params["name"]].tobytes())

def thumbnail(request):
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 90, 20)).save(file, "PNG")
    return Response(file.getvalue(), media_type="image/png")

def sample(request):
    row = request.path_params["row"]
    label = "<img src=x onerror=alert(1)>"
    return JSONResponse({"label": label, "name": f"{row}.png", "percentile": 12.5, "score": 0.25})

app = st.App("app.py", routes=[
    Route("/data/points", answer(places)), Route("/data/order", answer(order)),
    Route("/data/colours/{name}", colour), Route("/data/thumb/{row:int}", thumbnail),
    Route("/data/sample/{row:int}", sample),
])
"""

APP = """
import json
import numpy as np
import streamlit as st
from dashboard.scatter import Scale, Swatches, scatter

st.set_page_config(layout="wide", page_icon="x")
st.title("Trial")
state = st.session_state
state.setdefault("polygon", [])
state.setdefault("log", [])

def lasso():
    state.polygon = state["map"]["lasso"]["polygon"]
    state.log.append(["lasso", state.polygon])

def cleared():
    state.polygon = []
    state.log.append(["cleared", state["map"]["cleared"]])

def opened():
    state.log.append(["open", state["map"]["open"]])

def fallback():
    state.plain = True
    state.log.append(["fallback", state["map"]["fallback"]])

by_class = st.checkbox("Classes")
some = st.checkbox("Some")
missing = st.checkbox("Missing")
if st.checkbox("Map", value=True):
    scatter(
        key="map", count=600, height=460,
        points_url="/data/nothing" if missing else "/data/points",
        colours_url="/data/colours/" + ("class" if by_class else "hardness"),
        order_url="/data/order",
        colouring=Swatches("Class", (("cats", "#0072B2"), ("<b>dogs", "#E69F00")), more=1)
        if by_class
        else Scale("Hardness", ("#00224e", "#fee838"), ("#3f5a92", "#fee838"),
                   ((0, "easiest"), (1, "hardest"))),
        shown=np.arange(600) < 200 if some else None,
        polygon=state.polygon, selected=[3, 4],
        thumbnail_url="/data/thumb", sample_url="/data/sample",
        on_lasso_change=lasso, on_open_change=opened,
        on_fallback_change=fallback, on_cleared_change=cleared,
    )
st.text("log " + json.dumps(state.log))
"""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the trial app."""
    folder = tmp_path_factory.mktemp("trial")
    (folder / "asgi.py").write_text(ASGI)
    (folder / "app.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "asgi.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    command += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def chart(page: Page, trial: str) -> Page:
    """The page with the map drawn and the server idle."""
    page.goto(trial)
    expect(page.locator(READY)).to_be_visible(timeout=30_000)
    return page


def log(page: Page, times: int) -> list[Any]:
    """Return the events that reached Python, once there are so many."""
    idle = '[data-testid="stApp"][data-test-script-state="notRunning"]'
    deadline = time.monotonic() + 15
    while True:
        page.wait_for_selector(idle)
        texts = page.get_by_text(re.compile(r"^log \["))
        events = json.loads(texts.inner_text().removeprefix("log "))
        if len(events) >= times:
            assert len(events) == times
            return cast(list[Any], events)
        assert time.monotonic() < deadline, f"{times} events expected, got {events}"
        page.wait_for_timeout(30)


def canvas(page: Page) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the map."""
    box = page.locator(".scatter .top").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def place_of(page: Page, row: int) -> tuple[float, float]:
    """Return where a row lies on the page, worked out from the camera that the map reports."""
    left, top, width, height = canvas(page)
    x, y, zoom = map(float, attribute(page, "camera").split(","))
    span = PLACES.max(axis=0) - PLACES.min(axis=0)
    scale = zoom * min((width - 60) / span[0], (height - 60) / span[1])
    across, down = (PLACES[row] - [x, y]) * scale
    return left + width / 2 + across, top + height / 2 - down


def drag(page: Page, corners: list[tuple[float, float]], steps: int = 12) -> None:
    """Drag over places given as shares of the map."""
    left, top, width, height = canvas(page)
    for i, (across, down) in enumerate(corners):
        page.mouse.move(left + across * width, top + down * height, steps=steps if i else 1)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def attribute(page: Page, name: str) -> str:
    return page.locator(".scatter").get_attribute(f"data-{name}") or ""


def lonely_row(page: Page) -> int:
    """Return a row whose nearest neighbour is far away: a click on it can mean only it."""
    distances = np.linalg.norm(PLACES[:, None] - PLACES[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return int(distances.min(axis=1).argmax())


def test_lasso_sends_a_small_polygon_and_escape_clears_it(chart: Page) -> None:
    assert attribute(chart, "count") == attribute(chart, "shown") == "600"
    _, _, width, height = canvas(chart)
    circle = [
        (0.5 + 0.2 * np.cos(turn) * height / width, 0.5 + 0.2 * np.sin(turn))
        for turn in np.linspace(0, 2 * np.pi, 120)
    ]
    drag(chart, circle, steps=2)
    (event,) = log(chart, 1)
    polygon = np.array(event[1]).reshape(-1, 2)
    assert event[0] == "lasso"
    assert 8 <= len(polygon) <= 48
    centre = (PLACES.max(axis=0) + PLACES.min(axis=0)) / 2
    scale = min((np.array([width, height]) - 60) / (PLACES.max(axis=0) - PLACES.min(axis=0)))
    radii = np.linalg.norm(polygon - centre, axis=1) * scale
    assert np.abs(radii - 0.2 * height).max() < 3  # pixels
    chart.locator(".scatter .top").press("Escape")
    assert log(chart, 2)[1] == ["cleared", True]
    drag(chart, [(0.4, 0.4), (0.4, 0.402)])  # nearly a click, and nothing there is that small
    drag(chart, [(0.3, 0.3), (0.6, 0.3), (0.6, 0.6)])
    assert log(chart, 3)[2][0] == "lasso"


def test_box_and_pan(chart: Page) -> None:
    chart.get_by_role("button", name="Box", exact=True).click()
    expect(chart.get_by_role("button", name="Box", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    drag(chart, [(0.3, 0.3), (0.6, 0.7)])
    polygon = np.array(log(chart, 1)[0][1]).reshape(-1, 2)
    assert len(polygon) == 4
    assert len(set(polygon[:, 0])) == len(set(polygon[:, 1])) == 2
    before = attribute(chart, "camera")
    chart.keyboard.press("p")
    assert attribute(chart, "mode") == "pan"
    drag(chart, [(0.5, 0.5), (0.55, 0.5)])
    assert attribute(chart, "camera") != before
    chart.get_by_role("button", name="Fit", exact=True).click()
    expect(chart.locator(".scatter")).to_have_attribute("data-camera", before)
    assert len(log(chart, 1)) == 1  # panning selects nothing


def test_a_click_opens_the_point_under_it(chart: Page) -> None:
    row = lonely_row(chart)
    chart.mouse.move(*place_of(chart, row))
    expect(chart.locator(".scatter")).to_have_attribute("data-hover", str(row))
    tooltip = chart.locator(".scatter .tooltip")
    expect(tooltip).to_contain_text(f"{row}.png")
    expect(tooltip).to_contain_text("<img src=x onerror=alert(1)>")  # literally
    assert tooltip.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    chart.mouse.down()
    chart.mouse.up()
    assert log(chart, 1) == [["open", row]]


def test_a_double_click_on_nothing_clears(chart: Page) -> None:
    left, top, width, height = canvas(chart)
    chart.mouse.dblclick(left + 0.9 * width, top + 0.9 * height)
    assert log(chart, 1) == [["cleared", True]]


def test_everything_by_keyboard(chart: Page) -> None:
    top = chart.locator(".scatter .top")
    assert re.match("Map of 600 points, 600 shown. ", top.get_attribute("aria-label") or "")
    top.focus()
    fitted = attribute(chart, "camera")
    chart.keyboard.press("+")
    chart.keyboard.press("ArrowRight")
    expect(chart.locator(".scatter")).to_have_attribute("data-camera", re.compile(",1.400$"))
    chart.keyboard.press("0")
    expect(chart.locator(".scatter")).to_have_attribute("data-camera", fitted)
    chart.keyboard.press("Enter")
    polygon = np.array(log(chart, 1)[0][1]).reshape(-1, 2)
    assert (polygon.min(axis=0) < PLACES.min(axis=0)).all()
    assert (polygon.max(axis=0) > PLACES.max(axis=0)).all()
    chart.keyboard.press("Space")
    live = chart.locator(".scatter .live")
    expect(live).to_contain_text("Hardness 12.5")
    row = int(attribute(chart, "hover"))
    x, y, _ = map(float, fitted.split(","))
    assert row == int(np.argmin(np.linalg.norm(PLACES - [x, y], axis=1)))
    chart.keyboard.press("o")
    assert log(chart, 2)[1] == ["open", row]
    for key, mode in (("b", "box"), ("p", "pan"), ("l", "lasso")):
        chart.keyboard.press(key)
        assert attribute(chart, "mode") == mode


def test_a_colour_change_fetches_the_colours_only_and_keeps_the_camera(chart: Page) -> None:
    left, top, width, height = canvas(chart)
    chart.mouse.move(left + width / 3, top + height / 3)
    chart.mouse.wheel(0, -500)
    expect(chart.locator(".scatter")).not_to_have_attribute("data-camera", re.compile(",1.000$"))
    camera = attribute(chart, "camera")
    asked: list[str] = []
    chart.on("request", lambda request: asked.append(request.url.rpartition("/data/")[2]))
    chart.get_by_text("Classes").click()
    drawn = '.scatter[data-ready="1"][data-colours="/data/colours/class"]'
    expect(chart.locator(drawn)).to_be_visible()
    assert attribute(chart, "camera") == camera
    assert [name for name in asked if "thumb" not in name and "sample" not in name] == [
        "colours/class"
    ]
    legend = chart.locator(".scatter .legend")
    expect(legend).to_contain_text("<b>dogs")
    expect(legend).to_contain_text("and 1 more")
    asked.clear()
    chart.get_by_text("Some", exact=True).click()
    expect(chart.locator('.scatter[data-ready="1"][data-shown="200"]')).to_be_visible()
    expect(chart.locator(".scatter .live")).to_have_text("600 points, 200 shown")
    assert attribute(chart, "camera") == camera
    assert asked == []


def test_a_new_theme_changes_the_colours_and_nothing_else(page: Page, trial: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(trial)
    expect(page.locator(READY)).to_be_visible()
    page.locator(".scatter .top").press("+")
    expect(page.locator(".scatter")).to_have_attribute("data-camera", re.compile(",1.400$"))
    camera = attribute(page, "camera")
    ramp = page.locator(".scatter .legend .ramp")
    expect(ramp).to_have_css("background-image", re.compile(r"rgb\(0, 34, 78\)"))
    page.emulate_media(color_scheme="dark")
    expect(ramp).to_have_css("background-image", re.compile(r"rgb\(63, 90, 146\)"))
    assert attribute(page, "camera") == camera


def test_points_that_are_not_shown_cannot_be_opened(chart: Page) -> None:
    row = 200 + int(np.hypot(*PLACES[200:].T).argmax())
    chart.get_by_text("Some", exact=True).click()
    expect(chart.locator('.scatter[data-ready="1"][data-shown="200"]')).to_be_visible()
    chart.mouse.move(*place_of(chart, row))
    chart.wait_for_timeout(150)
    assert attribute(chart, "hover") == ""
    chart.mouse.down()
    chart.mouse.up()
    chart.locator(".scatter .top").press("Escape")
    assert log(chart, 1) == [["cleared", True]]


def test_the_map_is_really_drawn(chart: Page) -> None:
    """Hard points are yellow and lie on top: somewhere there is yellow, and dark blue as well."""
    solid, yellow, blue = chart.locator(".scatter .bottom").evaluate(
        """canvas => {
          const chart = canvas.getRootNode().querySelector(".scatter").chart;
          chart.stale = true;
          chart.draw();
          const gl = canvas.getContext("webgl2");
          const all = new Uint8Array(4 * canvas.width * canvas.height);
          gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, all);
          const counts = [0, 0, 0];
          for (let i = 0; i < all.length; i += 4) {
            if (all[i + 3] < 200) continue;
            counts[0]++;
            if (all[i] > 220 && all[i + 2] < 90) counts[1]++;
            if (all[i] < 40 && all[i + 2] > 60) counts[2]++;
          }
          return counts;
        }"""
    )
    assert solid > 5000
    assert yellow > 100
    assert blue > 100


def test_a_lost_context_is_rebuilt(chart: Page) -> None:
    drawn = """canvas => {
      const gl = canvas.getContext("webgl2");
      const chart = canvas.getRootNode().querySelector(".scatter").chart;
      chart.stale = true;
      chart.draw();
      const all = new Uint8Array(4 * canvas.width * canvas.height);
      gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, all);
      return all.reduce((sum, value) => sum + value, 0);
    }"""
    bottom = chart.locator(".scatter .bottom")
    before = bottom.evaluate(drawn)
    bottom.evaluate(
        """canvas => new Promise(done => {
          const lose = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
          const restore = () => setTimeout(() => lose.restoreContext());
          canvas.addEventListener("webglcontextlost", restore);
          canvas.addEventListener("webglcontextrestored", () => setTimeout(done, 50));
          lose.loseContext();
        })"""
    )
    assert before > 0
    assert bottom.evaluate(drawn) == before


def test_a_map_that_is_gone_gives_its_context_back(page: Page, trial: str) -> None:
    page.add_init_script(
        """const get = HTMLCanvasElement.prototype.getContext;
        window.contexts = new Set();
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          const found = get.call(this, kind, ...rest);
          if (kind === "webgl2") window.contexts.add(found);
          return found;
        };"""
    )
    page.goto(trial)
    living = "[...contexts].filter(context => !context.isContextLost()).length"
    for mounted in range(1, 4):
        expect(page.locator(READY)).to_be_visible()
        assert page.evaluate("contexts.size") == mounted  # reruns use the one that is there
        page.get_by_text("Classes").click()
        expect(page.locator(READY)).to_be_visible()
        assert page.evaluate(living) == 1
        page.get_by_text("Map", exact=True).click()
        expect(page.locator(".scatter")).to_have_count(0)
        page.wait_for_function(f"{living} === 0")
        page.get_by_text("Map", exact=True).click()


def test_a_failed_load_can_be_tried_again(chart: Page) -> None:
    chart.get_by_text("Missing").click()
    message = chart.locator(".scatter .message")
    expect(message).to_contain_text("The map could not be loaded.")
    again = chart.get_by_role("button", name="Try again")
    with chart.expect_request("**/data/nothing"):
        again.click()
    expect(message).to_contain_text("The map could not be loaded.")
    chart.get_by_text("Missing").click()
    expect(chart.locator(READY)).to_be_visible()
    expect(message).to_be_hidden()


def test_without_webgl2_python_is_told_once(page: Page, trial: str) -> None:
    page.add_init_script(
        """const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind === "webgl2" ? null : get.call(this, kind, ...rest);
        };"""
    )
    page.goto(trial)
    expect(page.get_by_text("WebGL2 is not available; a plain chart is shown")).to_be_visible()
    assert log(page, 1) == [["fallback", True]]
    page.get_by_text("Classes").click()
    page.wait_for_timeout(300)
    assert log(page, 1) == [["fallback", True]]


# The functions, against literal references.


@pytest.fixture(scope="module")
def functions(browser: Browser) -> Iterator[Page]:
    """A bare page that has the module's functions."""
    page = browser.new_page()
    page.add_script_tag(content=module_source().replace("export default function", "function main"))
    yield page
    page.close()


def close(polygon: NDArray[np.float64], point: NDArray[np.float64]) -> float:
    """Slow: distance from a point to a closed polygon."""
    best = np.inf
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        along = np.clip(np.dot(point - a, b - a) / max(np.dot(b - a, b - a), 1e-12), 0, 1)
        best = min(best, float(np.linalg.norm(point - a - along * (b - a))))
    return best


@pytest.mark.parametrize("count", [1, 2, 50, 3000])
@pytest.mark.parametrize("masked", [False, True])
def test_nearest_point(functions: Page, count: int, masked: bool) -> None:
    random = np.random.default_rng(count)
    points = random.normal(0, 1, (count, 2)).round(2)
    shown = (random.random(count) < 0.5).astype(int) if masked else None
    queries = [[*random.normal(0, 1, 2), random.choice([0.05, 0.3, 5])] for _ in range(60)]
    found = functions.evaluate(
        """([points, shown, queries]) => {
          const places = Float64Array.from(points);
          const grid = new GridIndex(places, boundsOf(places));
          return queries.map(([x, y, radius]) => grid.nearest(x, y, radius, shown));
        }""",
        [points.ravel().tolist(), None if shown is None else shown.tolist(), queries],
    )
    for (x, y, radius), row in zip(queries, found, strict=True):
        distances = np.hypot(points[:, 0] - x, points[:, 1] - y)
        if shown is not None:
            distances[shown == 0] = np.inf
        if distances.min() < radius - 1e-12:
            assert distances[row] == pytest.approx(distances.min())
        else:
            assert row == -1


@pytest.mark.parametrize("masked", [False, True])
def test_draw_order(functions: Page, masked: bool) -> None:
    random = np.random.default_rng(1)
    priority = random.integers(0, 256, 700)
    shown = (random.random(700) < 0.5).astype(int)
    found = functions.evaluate(
        """([priority, shown]) => {
          const {rows, hidden} = drawOrder(Uint8Array.from(priority), shown);
          return [[...rows], hidden];
        }""",
        [priority.tolist(), shown.tolist() if masked else None],
    )
    flags = shown if masked else np.ones(700, dtype=int)
    wanted = sorted(range(700), key=lambda row: (flags[row], priority[row], row))
    assert found == [wanted, int((flags == 0).sum())]


@pytest.mark.parametrize("masked", [False, True])
def test_thinning_keeps_the_topmost_of_each_cell(functions: Page, masked: bool) -> None:
    random = np.random.default_rng(2)
    points = random.normal(0, 1, (900, 2))
    hidden = 300 if masked else 0
    order = random.permutation(900)
    view = {"x": 0.4, "y": -0.2, "scale": 30.0, "width": 90, "height": 60}
    rows, kept_hidden = functions.evaluate(
        """([points, rows, hidden, view]) => {
          const order = {rows: Uint32Array.from(rows), hidden};
          const thin = thinnedOrder(points, order, view, 2, new Uint32Array(rows.length));
          return [[...thin.rows], thin.hidden];
        }""",
        [points.ravel().tolist(), order.tolist(), hidden, view],
    )
    cells = np.floor(points * 15).astype(int)
    wanted: list[int] = []
    taken: set[tuple[int, ...]] = set()
    for place in reversed(range(900)):  # from the top
        row = int(order[place])
        cell = (int(place < hidden), *cells[row].tolist())
        if cell not in taken:
            wanted.insert(0, row)
        taken.add(cell)
    away = np.abs((points - [0.4, -0.2]) * 30)
    inside = np.logical_and(away[:, 0] <= 45, away[:, 1] <= 30)
    # A margin beyond the view is drawn as well: points there reach into it.
    assert [row for row in rows if inside[row]] == [row for row in wanted if inside[row]]
    assert set(rows) <= set(wanted)
    assert set(rows[:kept_hidden]) <= set(order[:hidden].tolist())
    assert set(rows[kept_hidden:]) <= set(order[hidden:].tolist())


def test_a_wild_lasso_is_simplified_within_sight(functions: Page) -> None:
    turns = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    radius = 150 + 40 * np.sin(5 * turns)
    path = np.stack([300 + radius * np.cos(turns), 250 + radius * np.sin(turns)], axis=1)
    found = functions.evaluate("path => simplified(path, 48)", path.ravel().tolist())
    small = np.array(found).reshape(-1, 2)
    assert len(small) <= 48
    assert {tuple(vertex) for vertex in small} <= {tuple(vertex) for vertex in path}
    assert max(close(small, point) for point in path) < 3  # pixels
    square = [0, 0, 50, 0, 100, 0, 100, 100, 0, 100]
    assert functions.evaluate("path => simplified(path, 48)", square) == [
        0, 0, 100, 0, 100, 100, 0, 100,
    ]  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 8, 17])
def test_bits_are_read_as_python_packs_them(functions: Page, count: int) -> None:
    from dashboard.scatter.component import _packed

    shown = np.random.default_rng(count).random(count) < 0.5
    found = functions.evaluate(
        "([bits, count]) => [...unpackedBits(bits, count)]", [_packed(shown, count), count]
    )
    assert found == shown.astype(int).tolist()


def test_camera_is_its_own_inverse_and_holds_the_pointer_still(functions: Page) -> None:
    found = functions.evaluate(
        """() => {
          const bounds = boundsOf([-3, 1, 5, 9, NaN, 2]);
          const size = {width: 800, height: 500};
          const camera = {x: 1.5, y: 4, zoom: 3};
          const view = viewOf(camera, bounds, size);
          const under = toData(view, 260, 310);
          const closer = viewOf(zoomedAt(camera, view, bounds, 260, 310, 2), bounds, size);
          return [bounds, toScreen(view, ...under), toScreen(closer, ...under), view.scale,
            closer.scale, [...'ab'].map((_, i) => toScreen(viewOf(fitted(bounds), bounds, size),
              [-3, 5][i], [1, 9][i]))];
        }"""
    )
    bounds, there, still, scale, closer, corners = found
    assert [bounds[name] for name in ("left", "right", "bottom", "top")] == [-3, 5, 1, 9]
    assert there == pytest.approx([260, 310])
    assert still == pytest.approx([260, 310])
    assert closer == pytest.approx(2 * scale)
    assert corners == [pytest.approx([180, 470]), pytest.approx([620, 30])]


def test_density_counts_every_shown_point(functions: Page) -> None:
    random = np.random.default_rng(3)
    points = random.uniform(0, 1, (4000, 2))
    shown = (points[:, 0] < 0.5).astype(int)
    cells, columns, rows = functions.evaluate(
        """([points, shown]) => {
          const found = densityOf(points, shown, boundsOf(points));
          return [[...found.cells], found.columns, found.rows];
        }""",
        [points.ravel().tolist(), shown.tolist()],
    )
    image = np.array(cells).reshape(rows, columns)
    assert image.max() == 255
    assert (image[:, columns // 2 + 12 :] == 0).all()
    assert (image[20:-20, 20 : columns // 2 - 12] > 0).mean() > 0.9


def test_box_blur(functions: Page) -> None:
    random = np.random.default_rng(4)
    for shape in ((3, 7), (9, 4), (1, 1), (2, 2)):
        image = random.random(shape)
        found = functions.evaluate(
            "([image, h, w]) => [...blurred(blurred(image, w, h, 1, w), h, w, w, 1)]",
            [image.ravel().tolist(), *shape],
        )
        padded = np.pad(image, 2)
        wanted = [
            [padded[i : i + 5, j : j + 5].sum() / 25 for j in range(shape[1])]
            for i in range(shape[0])
        ]
        assert np.array(found).reshape(shape) == pytest.approx(np.array(wanted), abs=1e-6)
