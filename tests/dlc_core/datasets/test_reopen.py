"""Images of data that was scored, had again; a small reader whose images are no files."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlc_core.backbones import load_backbone
from dlc_core.cli.info import describe
from dlc_core.datasets import READERS, Asked, Dataset, Reader, Sample, read_dataset
from dlc_core.datasets.images import UnreadableImage
from dlc_core.datasets.reopen import has_files, reopen
from dlc_core.errors import DLCError
from dlc_core.export import content_of, encode_subset, write_export
from dlc_core.pipeline import score_run
from dlc_core.recipes import select
from dlc_core.runs import Run
from dlc_core.scoring import ScoreSettings
from dlc_core.training.from_run import dataset_of_run

COUNT = 12


def load_rows(text: str, _asked: Asked) -> Dataset:
    """Images that are rows of one file: 64 bytes each."""
    rows = np.frombuffer(Path(text).read_bytes(), np.uint8).reshape(-1, 8, 8)

    def read(sample: Sample) -> Image.Image:
        return Image.fromarray(rows[sample.id])

    def encoded(sample: Sample) -> bytes:
        buffer = io.BytesIO()
        read(sample).save(buffer, "PNG")
        return buffer.getvalue()

    samples = tuple(Sample(i, f"{'ab'[i % 2]}/{i}.png", i % 2) for i in range(len(rows)))
    return Dataset(
        kind="rows", name="rows", root="", split=None, classes=("a", "b"), samples=samples,
        faults=(), read=read, encoded=encoded,
    )  # fmt: skip


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(READERS, "rows", Reader("rows", load_rows, lambda t: t.endswith(".rows")))
    monkeypatch.setattr("dlc_core.datasets.registry.READERS", {"rows": READERS["rows"], **READERS})
    (tmp_path / "data.rows").write_bytes(np.random.default_rng(0).bytes(64 * COUNT))
    return tmp_path / "data.rows"


@pytest.fixture
def run(rows: Path, tmp_path: Path) -> Run:
    data = read_dataset(str(rows), Asked())
    return score_run(
        data, load_backbone("demo"), out=tmp_path / "run", settings=ScoreSettings(masks=1)
    )


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


def test_they_are_read_anew_and_again_when_the_file_is_another(run: Run, rows: Path) -> None:
    known = run.info["dataset"]
    assert not has_files(known)
    first = reopen(known)
    assert reopen(known) is first
    before = rows.read_bytes()
    assert pixels(first.encoded("a/4.png")) == before[4 * 64 : 5 * 64]
    assert first.read("b/5.png").tobytes() == before[5 * 64 : 6 * 64]
    rows.write_bytes(bytes(64 * COUNT))
    os.utime(rows, ns=(1, 1))
    assert pixels(reopen(known).encoded("a/4.png")) == bytes(64)
    rows.write_bytes(before[: 64 * 3])
    with pytest.raises(UnreadableImage, match="no longer in the data"):
        reopen(known).read("a/4.png")
    rows.unlink()
    with pytest.raises((DLCError, OSError)):
        reopen(known)
    with pytest.raises(DLCError, match="was given from Python"):
        reopen({**known, "source": ""})


def test_every_use_of_the_pictures(run: Run, rows: Path, tmp_path: Path) -> None:
    kept = select(run, keep_ratio=0.5)
    content = content_of(run, kept.ids)
    done = write_export(content, tmp_path / "out", format_name="imagefolder")
    assert (done.samples, done.faults) == (len(kept), ())
    before = rows.read_bytes()
    for row in content.table.itertuples():
        data = (tmp_path / "out" / str(row.path)).read_bytes()
        assert pixels(data) == before[64 * int(str(row.id)) :][:64]
    again = dataset_of_run(run)
    assert [sample.id for sample in again.samples] == run.samples["id"].tolist()
    assert again.read(again.samples[3]).tobytes() == before[3 * 64 : 4 * 64]
    with pytest.raises(DLCError, match=r"an image folder, and rows is none .it was scored as rows"):
        encode_subset(run, kept, "torch")
    assert encode_subset(run, kept, "fiftyone")


def test_info_says_where_it_is_from(run: Run, rows: Path) -> None:
    told = dict(describe(run))
    assert told["dataset"] == "rows (no image files)"
    assert told["source"] == f"{rows} (rows)"
    assert not {"columns", "groups", "labels"} & set(told)


def test_info_says_columns_groups_and_clusters(run: Run) -> None:
    run.samples.assign(writer="x", **{"a\x1b[0m": 1})[["id", "writer", "a\x1b[0m"]].to_parquet(
        run.path / "columns.parquet"
    )
    asked = {"group_column": "writer", "clusters": 2}
    known = {**run.info["dataset"], "asked": asked, "labels": "clusters"}
    told = dict(describe(replace(run, info={**run.info, "dataset": known})))
    assert told["columns"] == "writer, a\\x1b[0m"
    assert told["groups"].startswith("writer: kept together")
    assert "clusters" in told["labels"]
    assert told["samples"] == "12 in 2 clusters"
    assert told["source"].endswith("(rows; group_column writer, clusters 2)")
