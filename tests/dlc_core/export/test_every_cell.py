"""A table goes through score, prune, every export and back without a changed cell."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from dlc_core.cli import main
from dlc_core.datasets import load_dataset
from dlc_core.evidence.material_from_run import material_of
from dlc_core.export import EXPORTERS, content_of, write_export
from dlc_core.runs import Run
from dlc_core.runs.group_column import column_groups

COUNT = 24
GAP = 5  # the row whose cells are empty
IDS16 = [str(2**53 + 1 + 2 * (row // 2 % 4)) for row in range(COUNT)]  # four, as floats three
CELLS: dict[str, list[str]] = {
    "patient": IDS16,
    "id20": [f"1844674407370955161{row % 10}" for row in range(COUNT)],
    "whole": [str(row) for row in range(COUNT)],
    "ratio": [repr(row / 7) for row in range(COUNT)],
    "price": [f"{row}.50" for row in range(COUNT)],
    "code": [f"00{row}" for row in range(COUNT)],
    "hash": [f"{row + 1}e{row % 3 + 3}" for row in range(COUNT)],
    "when": [f"2024-03-31 01:59:{row:02d}" for row in range(COUNT)],
    "text": ["NA", " padded ", "a,b", 'q"', "line\nline", "TRUE"] * 4,
}


def with_gap(cells: list[Any]) -> list[Any]:
    return [None if row == GAP else cell for row, cell in enumerate(cells)]


def as_numbers(table: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The same with numbers where JSON and Parquet have them."""
    numbers: dict[str, Callable[[str], Any]] = {
        "patient": int, "id20": int, "whole": int, "ratio": float,
    }  # fmt: skip
    return {
        name: [None if cell is None else numbers.get(name, str)(cell) for cell in cells]
        for name, cells in table.items()
    }


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cells")
    rng = np.random.default_rng(0)
    for row in range(COUNT):
        pixels = rng.integers(0, 99, (8, 8, 3)) + 99 * (row % 2)
        Image.fromarray(pixels.astype(np.uint8)).save(root / f"{row}.png")
    return root


def written(root: Path, suffix: str) -> tuple[Path, dict[str, list[Any]]]:
    """Write the table in a format; return it and its cells as text."""
    head = {
        "path": [f"{row}.png" for row in range(COUNT)],
        "label": [f"class {row % 2}" for row in range(COUNT)],
    }
    texts = {name: with_gap(cells) for name, cells in CELLS.items()}
    file = root / f"table{suffix}"
    if suffix in (".csv", ".tsv", ".csv.gz"):
        table = pd.DataFrame({**head, **texts})
        table.to_csv(file, index=False, sep="\t" if suffix == ".tsv" else ",")
        return file, texts
    typed = as_numbers(texts)
    if suffix == ".parquet":
        clock = [dt.datetime(2024, 3, 31, 1, 59, row) for row in range(COUNT)]
        columns = {
            **head, **typed, "id20": texts["id20"],
            "u64": with_gap([2**64 - 6 + row % 5 for row in range(COUNT)]),
            "time": clock, "zoned": with_gap(clock), "day": with_gap([x.date() for x in clock]),
        }  # fmt: skip
        kinds = {"u64": pa.uint64(), "zoned": pa.timestamp("us", "Europe/Berlin")}
        pq.write_table(
            pa.table({name: pa.array(cells, kinds.get(name)) for name, cells in columns.items()}),
            file,
        )
        texts["u64"] = [None if cell is None else str(cell) for cell in columns["u64"]]
        texts["time"] = [x.isoformat() for x in clock]
        # Arrow takes a clock without a zone for UTC, and shows it in Berlin: 1:59 is 3:59 there.
        texts["zoned"] = with_gap([f"2024-03-31T03:59:{x.second:02d}+02:00" for x in clock])
        texts["day"] = with_gap(["2024-03-31"] * COUNT)
        return file, texts
    rows = [
        dict(zip([*head, *typed], row, strict=True))
        for row in zip(*head.values(), *typed.values(), strict=True)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    file.write_text(json.dumps(rows) if suffix == ".json" else lines)
    return file, texts


def said(cells: Any) -> list[str | None]:
    return [None if pd.isna(cell) or cell == "" else str(cell) for cell in cells]


@pytest.mark.parametrize(
    "suffix", [".csv", ".tsv", ".csv.gz", ".parquet", ".json", ".jsonl", ".ndjson"]
)
def test_no_cell_is_changed_on_the_way(images: Path, tmp_path: Path, suffix: str) -> None:
    file, cells = written(images, suffix)
    out = str(tmp_path / "run")
    command = ["score", str(file), "--masks", "1", "--backbone", "demo", "--out", out]
    assert main([*command, "--group-column", "patient"]) == 0
    run = Run.open(out)
    assert run.columns["patient"].dtype == "str"
    assert len(set(column_groups(run, "patient"))) == 4 + 1  # the empty cell is one of its own
    for name in EXPORTERS:
        if name != "npy":
            kept = tmp_path / f"kept.{name}"
            assert main(["prune", out, "--keep", "1", "--out", str(kept)]) == 0
            read = EXPORTERS[name].table
            assert read is not None
            table = read(kept.read_bytes())
            for column, texts in cells.items():
                assert said(table[column]) == texts, (name, column)
    raw = pd.read_csv(tmp_path / "kept.csv", dtype=str, keep_default_na=False)
    for column, texts in cells.items():
        assert raw[column].tolist() == ["" if text is None else text for text in texts]
    again = load_dataset(tmp_path / "kept.csv", image_root=images)
    for column, texts in cells.items():
        assert said(again.columns[column]) == texts, column


def test_the_exports_with_images_have_the_cells(images: Path, tmp_path: Path) -> None:
    import datasets

    file, cells = written(images, ".parquet")
    out = str(tmp_path / "run")
    assert main(["score", str(file), "--masks", "1", "--backbone", "demo", "--out", out]) == 0
    run = Run.open(out)
    content = content_of(run, run.samples["id"].to_numpy())
    write_export(content, tmp_path / "saved", format_name="hf")
    saved = datasets.load_from_disk(str(tmp_path / "saved"))
    write_export(content, tmp_path / "folder", format_name="hf-imagefolder")
    lines = (tmp_path / "folder/train/metadata.jsonl").read_text().splitlines()
    rows = sorted(map(json.loads, lines), key=lambda row: row["id"])
    for column, texts in cells.items():
        assert said(saved[column]) == texts
        assert said([row[column] for row in rows]) == texts
    again = load_dataset(f"hf:{tmp_path / 'saved'}", group_column="patient")
    for column, texts in cells.items():
        assert said(again.columns[column]) == texts, column


def test_evidence_keeps_the_patients_apart(images: Path, tmp_path: Path) -> None:
    file, _ = written(images, ".jsonl")
    out = str(tmp_path / "run")
    command = ["score", str(file), "--masks", "1", "--backbone", "demo", "--out", out]
    assert main([*command, "--group-column", "patient"]) == 0
    material = material_of(Run.open(out))
    assert material.groups is not None
    assert len(set(material.groups)) == 5
    kept = tmp_path / "kept.csv"
    assert (
        main(["prune", out, "--keep", "0.5", "--whole-groups", "patient", "--out", str(kept)]) == 0
    )
    found = pd.read_csv(kept, dtype=str)["patient"].value_counts()
    whole = pd.Series(with_gap(IDS16)).value_counts()
    assert found.to_dict() == whole[found.index].to_dict()
