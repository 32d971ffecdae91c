"""What Python tells the map; the map itself is tried in tests/e2e/test_scatter.py."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from dashboard.scatter import component
from dashboard.scatter.component import MOST_SELECTED, Scale, Swatches, module_source

FOLDER = Path(component.__file__).parent
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.js"))


def app() -> None:
    import numpy as np
    import streamlit as st

    from dashboard.scatter import Scale, Swatches, scatter

    scale = Scale("Hardness", ("#000000", "#ffff00"), ("#333333", "#ffff00"), ((0.0, "easiest"),))
    swatches = Swatches("Class", (("cats", "#ff0000"), ("dogs", "#00ff00")), more=7)
    st.title("Map")
    scatter(
        key="map",
        points_url="/points/1",
        colours_url="/colours/1",
        order_url="/order/1",
        count=11,
        colouring=swatches if st.toggle("Classes") else scale,
        shown=np.arange(11) % 3 == 0 if st.toggle("Some") else None,
        polygon=np.array([0, 0, 1, 0, 1, 1], dtype=np.float32),  # type: ignore[arg-type]
        selected=np.arange(11),  # type: ignore[arg-type]
        thumbnail_url="/thumb",
        sample_url="/sample",
        height=400,
        on_lasso_change=lambda: None,
        on_open_change=lambda: None,
        on_fallback_change=lambda: None,
        on_cleared_change=lambda: None,
    )


def told(at: AppTest) -> dict[str, Any]:
    """Return the data that the browser would get."""
    assert not at.exception
    assert at.title[0].value == "Map"
    element: Any = at.get_by_key("map")
    data = json.loads(element.proto.json)
    assert isinstance(data, dict)
    return data


def unpacked(bits: str, count: int) -> list[bool]:
    """Slow: the flags, bit by bit."""
    raw = base64.b64decode(bits)
    return [bool(raw[row // 8] >> (7 - row % 8) & 1) for row in range(count)]


def test_the_page_runs_without_a_browser_and_says_everything() -> None:
    at = AppTest.from_function(app).run()
    assert told(at) == {
        "pointsUrl": "/points/1",
        "coloursUrl": "/colours/1",
        "orderUrl": "/order/1",
        "count": 11,
        "colouring": {
            "kind": "scale",
            "title": "Hardness",
            "stops": ["#000000", "#ffff00"],
            "darkStops": ["#333333", "#ffff00"],
            "ticks": [[0.0, "easiest"]],
        },
        "shown": None,
        "polygon": [0, 0, 1, 0, 1, 1],
        "selected": list(range(11)),
        "thumbnailUrl": "/thumb",
        "sampleUrl": "/sample",
        "height": 400,
        "mostVertices": 48,
    }
    at.toggle[0].set_value(True)
    at.toggle[1].set_value(True)
    data = told(at.run())
    assert data["colouring"] == {
        "kind": "swatches",
        "title": "Class",
        "entries": [["cats", "#ff0000"], ["dogs", "#00ff00"]],
        "more": 7,
    }
    assert unpacked(data["shown"], 11) == [row % 3 == 0 for row in range(11)]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1000])
def test_flags_are_packed_bit_by_bit(count: int) -> None:
    shown = np.random.default_rng(count).random(count) < 0.4
    bits = component._packed(shown, count)
    assert bits is not None
    assert unpacked(bits, count) == shown.tolist()
    assert len(bits) <= 4 * (count / 8 + 3) / 3  # 1M rows: 167 kB


def test_flags_of_another_length_are_refused() -> None:
    shown: NDArray[np.bool_] = np.ones(3, dtype=np.bool_)
    with pytest.raises(ValueError, match=r"shown must have shape \(4,\), got \(3,\)"):
        component._packed(shown, 4)


def test_rings_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(component, "_component", lambda: lambda **given: calls.append(given))
    component.scatter(
        key="map",
        points_url="",
        colours_url="",
        order_url="",
        count=9999,
        colouring=Swatches("Class", ()),
        shown=None,
        polygon=(),
        selected=range(9999),
        thumbnail_url="",
        sample_url="",
        height=300,
        on_lasso_change=print,
        on_open_change=print,
        on_fallback_change=print,
        on_cleared_change=print,
    )
    assert calls[0]["data"]["selected"] == list(range(MOST_SELECTED))
    events = {name for name in calls[0] if name.startswith("on_")}
    assert events == {f"on_{name}_change" for name in ("lasso", "open", "fallback", "cleared")}


def test_every_script_is_in_the_module_once() -> None:
    assert sorted(component._SCRIPTS) == SCRIPTS
    source = module_source()
    assert source.count("export default") == 1
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)


def test_scripts_share_one_scope_without_a_clash() -> None:
    names = re.findall(
        r"^(?:async )?(?:function|class|const|let) (\w+)", module_source(), re.MULTILINE
    )
    assert [name for name, times in Counter(names).items() if times > 1] == []


@pytest.mark.parametrize("name", [*SCRIPTS, "scatter.css", "scatter.html"])
def test_files_are_short_and_build_no_markup_from_data(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert text.count("\n") <= 200
    assert "innerHTML" not in text
    assert "insertAdjacentHTML" not in text
    assert "\n" in text.strip()  # Streamlit takes one line of CSS for the name of a file


def test_scales_say_what_they_are() -> None:
    scale = Scale("Hardness", ("#000", "#fff"), ("#111", "#fff"), ((1, "hardest"),))
    assert json.loads(json.dumps(component._described(scale)))["ticks"] == [[1.0, "hardest"]]
