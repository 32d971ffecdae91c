from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from dlc_core.decisions import record
from dlc_core.export import content_of, encode_subset, read_ids
from dlc_core.recipes import select
from dlc_core.runs import Run


class FakeDataset:
    """FiftyOne's, as far as the loader uses it; FiftyOne itself is too large for a test."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.samples: list[Any] = []

    def add_samples(self, samples: list[Any]) -> None:
        self.samples += samples


def test_tags_and_the_loader(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(run.path, [0], by="a", verdict="exclude")
    subset = select(run, keep_ratio=0.4)
    file = tmp_path / "tags.json"
    file.write_bytes(encode_subset(run, subset, "fiftyone"))
    value = json.loads(file.read_text(encoding="utf-8"))
    assert value["tags"] == ["dropped", "excluded", "kept"]
    table = content_of(run, subset.ids, part="both").table
    for sample, row in zip(value["samples"], table.itertuples(), strict=True):
        assert sample == {
            "filepath": row.path, "tags": [row.status], "label": row.label,
            "hardness": row.score, "id": row.id,
        }  # fmt: skip
    assert read_ids(file).tolist() == subset.ids.tolist()
    assert value["loader"].count("\n") == 5

    fake = types.ModuleType("fiftyone")
    fake.Dataset = FakeDataset  # type: ignore[attr-defined]
    fake.Sample = lambda **fields: fields  # type: ignore[attr-defined]
    fake.Classification = lambda label: label  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fiftyone", fake)
    monkeypatch.chdir(tmp_path)
    loader = value["loader"].replace("THE FOLDER OF THE IMAGES", run.info["dataset"]["root"])
    names: dict[str, Any] = {}
    exec(loader, names)
    samples = names["dataset"].samples
    assert len(samples) == 78
    assert all(Path(sample["filepath"]).is_file() for sample in samples)
