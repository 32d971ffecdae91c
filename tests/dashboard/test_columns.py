from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.columns import cells_in_words, column_of, columns_of
from dashboard.explore.chips import parts
from dashboard.explore.colouring import coloured, colourings
from dashboard.explore.filter import Filter
from dashboard.explore.matching import matches, on_these_columns
from dashboard.scatter import Scale, Swatches
from dashboard.view import View, open_view
from dlc_core.runs import Run

HOSTILE = "![x](http://evil.example/a.png) <b>\n"


@pytest.fixture(scope="module")
def table(digits_run: Run) -> pd.DataFrame:
    count = len(digits_run.samples)
    places = np.arange(count)
    return pd.DataFrame(
        {
            "id": digits_run.samples["id"],
            "score": places * 0.5,
            "camera": np.where(places % 7 == 0, "", np.where(places % 2 == 0, "left", "right")),
            "year": 2000 + places % 3,
            "patient": [f"p{i}" for i in places],
            HOSTILE: np.where(places % 5 == 0, HOSTILE, "plain"),
            "weight": np.where(places % 4 == 0, np.nan, places / 10),
            "seen": places % 2 == 1,
        }
    )


@pytest.fixture(scope="module")
def view(digits_run: Run, table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> View:
    folder = tmp_path_factory.mktemp("columns") / "run"
    shutil.copytree(digits_run.path, folder)
    table.to_parquet(folder / "columns.parquet")
    return open_view(folder)


def test_what_is_a_name_and_what_an_amount(view: View) -> None:
    found = columns_of(view)
    assert found.unusable == ("patient",)
    assert list(found.usable) == ["score", "camera", "year", HOSTILE, "weight", "seen"]
    assert found.usable["camera"].values == ("left", "right", "")
    assert found.usable["year"].values == ("2000", "2001", "2002")
    assert found.usable["seen"].values == ("False", "True")
    assert found.usable["score"].numbers is not None
    assert int(found.usable["camera"].counts.sum()) == len(view)


def test_columns_are_bounded(view: View) -> None:
    wide = pd.DataFrame({f"c{i}": np.arange(len(view)) % 2 for i in range(60)})
    run = replace(view.run)
    run.__dict__["columns"] = wide
    found = columns_of(replace(view, run=run, stamp="wide"))
    assert (len(found.usable), len(found.unusable)) == (30, 30)
    assert column_of("x", pd.Series([f"{i}" for i in range(50)])) is not None
    assert column_of("x", pd.Series([f"{i}" for i in range(51)])) is None


def test_odd_cells_are_read() -> None:
    times = column_of("t", pd.Series([pd.Timestamp("2020-01-01"), pd.NaT]))
    assert times is not None
    assert times.values == ("2020-01-01 00:00:00", "")
    whole = column_of("w", pd.Series([1.0, np.nan, 2.0]))
    assert whole is not None
    assert whole.values == ("1", "2", "")
    endless = column_of("i", pd.Series([0.5, np.inf, np.nan]))
    assert endless is not None
    assert endless.numbers is not None
    nothing = column_of("n", pd.Series([None, None], dtype=object))
    assert nothing is not None
    assert nothing.values == ("",)


def test_conditions_against_pandas(view: View, table: pd.DataFrame) -> None:
    cases: list[tuple[Filter, pd.Series]] = [
        (Filter().with_values("camera", ("left",)), table["camera"] == "left"),
        (Filter().with_values("camera", ("right", "")), table["camera"] != "left"),
        (Filter().with_values("year", ("2001",)), table["year"] == 2001),
        (Filter().with_values(HOSTILE, (HOSTILE,)), table[HOSTILE] == HOSTILE),
        (Filter().with_numbers("weight", (1.0, 20.0)), table["weight"].between(1, 20)),
        (Filter().with_numbers("score", (3.0, 9.0)), table["score"].between(3, 9)),
        (
            Filter(classes=(3,)).with_values("seen", ("True",)).with_values("year", ("2000",)),
            (view.samples["class_id"] == 3) & table["seen"] & (table["year"] == 2000),
        ),
    ]
    for wanted, expected in cases:
        assert (matches(view, wanted) == expected.to_numpy()).all()
        assert on_these_columns(view, wanted) == wanted
        assert expected.any()


def test_what_the_data_does_not_have_is_lifted(view: View) -> None:
    odd = Filter(name="a").with_values("nope", ("1",)).with_values("camera", ("up", "left"))
    odd = (
        odd.with_numbers("camera", (0, 1)).with_values("weight", ("1",)).with_numbers("no", (0, 1))
    )
    assert on_these_columns(view, odd) == Filter(name="a").with_values("camera", ("left",))


def test_colours(view: View, table: pd.DataFrame) -> None:
    ways = colourings(view)
    assert "column-score" in ways  # our own, not replaced by the data's
    assert ways["data-score"].title == "score (data)"
    values, meaning = coloured(view, "data-camera", ())
    assert isinstance(meaning, Swatches)
    assert [name for name, _ in meaning.entries] == ["left", "right", "(empty)"]
    assert (values[table["camera"] == "right"] == 1).all()
    values, meaning = coloured(view, "data-weight", ())
    assert isinstance(meaning, Scale)
    assert meaning.title == "weight (empty = lowest)"
    assert (values[table["weight"].isna()] == 0).all()
    many = column_of("m", pd.Series(np.arange(40).astype(str)))
    assert many is not None
    assert len(many.values) == 40


def test_nothing_of_a_hostile_name_is_markup(view: View) -> None:
    chips = parts(view, Filter().with_values(HOSTILE, (HOSTILE,)).with_numbers("score", (1, 2)))
    words = [one[0] for one in chips.values()]
    assert len(words) == 2
    assert all("![x](" not in one and "\n" not in one for one in words)
    cells = cells_in_words(view, 0)
    assert len(cells) == 7
    assert all("\n" not in name + value for name, value in cells)
    assert dict(cells)["camera"] == "(empty)"


def test_a_run_without_columns_has_none(digits_run: Run) -> None:
    plain = open_view(digits_run.path)
    assert columns_of(plain).usable == {}
    assert not [name for name in colourings(plain) if name.startswith("data-")]
    assert on_these_columns(plain, Filter().with_values("a", ("b",))) == Filter()
    assert cells_in_words(plain, 0) == []


def test_the_page_has_them(
    view: View, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.testing.v1 import AppTest

    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("DLC_RUNS", str(view.run.path.parent))
    at = AppTest.from_file(str(root / "app.py"), default_timeout=30)
    at.run().switch_page("pages/explore.py").run()
    assert not at.exception
    assert at.title[0].value == "Explore"
    at.selectbox(key="filter-column").set_value("camera").run()
    at.multiselect(key="filter-column-values").set_value(["left"]).run()
    count = int((table["camera"] == "left").sum())
    assert not at.exception
    assert f"**Shown: {count:,}** of 1,797" in " ".join(item.value for item in at.markdown)
    assert at.query_params["value"] in ("camera=left", ["camera=left"])
    at.selectbox(key="filter-column").set_value("weight").run()
    at.number_input(key="filter-column-lowest").set_value(50.0).run()
    both = (table["camera"] == "left") & (table["weight"] >= 50)
    assert f"**Shown: {int(both.sum()):,}**" in " ".join(item.value for item in at.markdown)
    assert "camera (data)" in at.selectbox(key="choice-colour").options
    at.button(key="chip-value-camera").click().run()
    assert not at.exception
    assert "value" not in at.query_params
    at.session_state["open_sample"] = (view.run.name, 3)
    at.run()
    assert not at.exception
    said = " ".join(item.value for item in at.text)
    assert "camera: right" in said
