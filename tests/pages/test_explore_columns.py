"""Columns of the data's own table: colours, filters, chips, the sample's dialog, exports."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.explore.map_colours import coloured, colourings
from dashboard.view_cache import open_view
from dlc_core.analysis.filter import Filter, from_parameters, to_parameters
from dlc_core.analysis.filter_masks import matches
from dlc_core.cli import main
from dlc_core.datasets import load_dataset
from dlc_core.evidence import material_of
from dlc_core.export import content_of
from dlc_core.export.tables import to_csv, to_json, to_parquet
from dlc_core.runs import Run

from .conftest import OpenPage


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty digits of a table with columns of every kind, hostile names among them."""
    folder = tmp_path_factory.mktemp("columns")
    data, rows = load_dataset("digits").limited(60), []
    for place, sample in enumerate(data.samples):
        (folder / "photos" / sample.path).parent.mkdir(parents=True, exist_ok=True)
        data.read(sample).save(folder / "photos" / sample.path)
        rows.append(
            {
                "path": sample.path, "label": sample.class_id, "age": None if place == 4 else place,
                "site": f"<b>site{place % 3}", "score": place, "patient": f"p{place // 2}",
                "=SUM(A1)": "=1+1", "flag": place % 2 == 0,
            }
        )  # fmt: skip
    pd.DataFrame(rows).to_parquet(folder / "photos" / "t.parquet")
    words = ["score", str(folder / "photos" / "t.parquet"), "--group-column", "patient"]
    assert main([*words, "--masks", "1", "--out", str(folder / "runs" / "one")]) == 0
    return folder / "runs"


def test_colours_and_filters(runs: Path) -> None:
    view = open_view(runs / "one")
    names = colourings(view)
    assert {"own-age", "own-site", "own-score", "own-flag"} <= set(names)
    codes, meaning = coloured(view, "own-site", ())
    assert len(set(codes)) == 3
    assert [name for name, _ in meaning.entries] == ["<b>site0", "<b>site1", "<b>site2"]  # type: ignore[union-attr]
    codes, _ = coloured(view, "own-age", ())
    assert codes.max() == 255
    age = view.columns["age"].to_numpy(np.float64)
    found = matches(view, Filter(columns=(("age", "10..19.5"),)))
    np.testing.assert_array_equal(found, (age >= 10) & (age <= 19.5))
    site = view.columns["site"].to_numpy()
    two = Filter(columns=(("site", "<b>site0"), ("site", "<b>site2"), ("age", "0..30")))
    expected = np.isin(site, ["<b>site0", "<b>site2"]) & (age <= 30)
    np.testing.assert_array_equal(matches(view, two), expected)
    assert matches(view, Filter(columns=(("flag", "True"),))).sum() == 30
    assert matches(view, Filter(columns=(("age", "nonsense"),))).sum() == 0


def test_addresses(runs: Path) -> None:
    columns = open_view(runs / "one").columns
    wanted = Filter(columns=(("site", '"<b>site0'), ("age", "1.0..2.0")), classes=(3,))
    back = from_parameters(to_parameters(wanted), classes=10, issues=(), columns=columns)
    assert back == wanted
    for text in ("", "[", "[1]", '["age"]', '["other", "x"]', '["age", "1", "2"]', "{}"):
        given = from_parameters({"column": [text]}, classes=1, issues=(), columns=columns)
        assert not given.columns


def test_the_page_filters_by_a_column(open_page: OpenPage, runs: Path) -> None:
    at = open_page("explore", runs, address={"column": json.dumps(["site", "<b>site1"])})
    shown = " ".join(one.value for one in at.markdown)
    assert "**Shown: 20**" in shown
    chip = next(button for button in at.button if "site1" in button.label)
    assert "<b>" not in chip.label.replace("\\<", "")
    assert at.selectbox(key="filter-column").value == "site"
    chip.click().run()
    assert "**All samples: 60**" in " ".join(one.value for one in at.markdown)
    assert not at.exception


def test_exports_have_them(runs: Path) -> None:
    run = Run.open(runs / "one")
    content = content_of(run, np.array([3, 4, 5]))
    table = pd.read_parquet(io.BytesIO(to_parquet(content)))
    assert table["score (data)"].tolist() == [3, 4, 5]
    assert table["site"].tolist() == ["<b>site0", "<b>site1", "<b>site2"]
    text = to_csv(content).decode()
    assert '"\'=SUM(A1)"' in text.splitlines()[0]
    assert '"\'=1+1"' in text
    rows = json.loads(to_json(content), parse_constant=lambda name: pytest.fail(name))["samples"]
    assert [row["age"] for row in rows] == [3, None, 5]


def test_evidence_holds_groups_apart(runs: Path) -> None:
    run = Run.open(runs / "one")
    material = material_of(run)
    assert material.groups == tuple(run.columns["patient"])
    held = set(material.held_places(0).tolist())
    for place in range(0, 60, 2):
        assert len({place, place + 1} & held) in (0, 2)
    assert material_of(run, groups=()).groups is None
