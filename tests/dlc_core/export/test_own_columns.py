from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.export import EXPORTERS, content_of, encode_subset, write_export
from dlc_core.export.content import exported_name
from dlc_core.recipes import Subset, select
from dlc_core.reimport import recognised
from dlc_core.runs import Run


@pytest.fixture
def kept(run: Run) -> Subset:
    """A third of a run whose data has columns that nobody would wish for."""
    count = len(run.samples)
    places = np.arange(count)
    table = pd.DataFrame(
        {
            "id": run.samples["id"],
            "Score": places * 2.0,
            "tags": "x",
            "tags (data)": "y",
            "=cmd|'!A1": ["=1+1" if i % 2 else "a,b\n" for i in places],
            "weight": np.where(places % 3 == 0, np.nan, np.where(places == 4, np.inf, places)),
            "seen": places % 2 == 0,
            "note": [None if i % 2 else "é" for i in places],
            "when": pd.to_datetime("2020-01-01") + pd.to_timedelta(places, unit="D"),
        }
    )
    table.to_parquet(run.path / "columns.parquet")
    return select(run, keep_ratio=0.3)


NAMES = ["Score (data)", "tags (data)", "tags (data) (data)", "=cmd|'!A1", "weight", "seen",
         "note (data)", "when"]  # fmt: skip


def test_they_follow_ours_under_names_that_are_not_ours(run: Run, kept: Subset) -> None:
    table = content_of(run, kept.ids).table
    assert list(table)[-len(NAMES) :] == NAMES
    assert list(table)[:5] == ["id", "path", "label", "class_id", "score"]
    expected = run.columns.loc[np.isin(run.samples["id"], kept.ids)]
    assert table["Score (data)"].tolist() == expected["Score"].tolist()
    assert exported_name("PATH") == "PATH (data)"
    assert exported_name("patient") == "patient"
    both = content_of(run, kept.ids, part="both").table
    assert (len(both), both.columns[-1]) == (len(run.samples), "status")


@pytest.mark.parametrize("name", ["csv", "parquet", "json", "jsonl"])
def test_each_table_has_them_and_is_read_back(run: Run, kept: Subset, name: str) -> None:
    data = encode_subset(run, kept, name)
    assert EXPORTERS[name].ids(data).tolist() == kept.ids.tolist()
    read = EXPORTERS[name].table
    assert read is not None
    table = read(data)
    assert list(table)[-len(NAMES) :] == NAMES
    expected = content_of(run, kept.ids).table
    assert table["=cmd|'!A1"].tolist() == expected["=cmd|'!A1"].tolist()
    assert table["when"].tolist() == expected["when"].tolist()
    found = recognised(run, data)
    assert found.named is not None
    assert not found.by_id


def test_nothing_of_them_is_a_formula_or_no_json(run: Run, kept: Subset) -> None:
    text = encode_subset(run, kept, "csv").decode()
    assert ",\"'=cmd|'!A1\"," in text.splitlines()[0]
    assert ',"=' not in text

    def refuse(word: str) -> None:
        raise AssertionError(word)

    value = json.loads(encode_subset(run, kept, "json"), parse_constant=refuse)
    weights = [row["weight"] for row in value["samples"]]
    assert None in weights
    for line in encode_subset(run, kept, "jsonl").splitlines():
        json.loads(line, parse_constant=refuse)


def test_what_the_library_loads_has_them(run: Run, kept: Subset, tmp_path: Path) -> None:
    import datasets

    content = content_of(run, kept.ids)
    write_export(content, tmp_path / "saved", format_name="hf")
    read = datasets.load_from_disk(str(tmp_path / "saved"))
    assert read.column_names[-len(NAMES) :] == NAMES
    kinds = {name: read.features[name].dtype for name in NAMES}
    assert (kinds["weight"], kinds["seen"], kinds["when"]) == ("float64", "bool", "string")
    for name, values in content.own.items():
        expected = values.astype(object).where(values.notna(), None).tolist()
        assert read[name][:] == expected, name
    write_export(content, tmp_path / "folder", format_name="hf-imagefolder")
    lines = (tmp_path / "folder" / "train" / "metadata.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [*rows[0]] == ["file_name", "label", "score", "id", *NAMES]
    assert [row["weight"] for row in rows].count(None) >= 1
    assert [row["seen"] for row in rows] == content.own["seen"].tolist()
