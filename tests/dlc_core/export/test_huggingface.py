"""Hugging Face `datasets` reads what is for it, without a network."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from dlc_core.cli import main
from dlc_core.decisions import record
from dlc_core.export import content_of, write_export
from dlc_core.runs import Run

# A process of its own: what is set for offline work is read at import, and a network would show.
OFFLINE = """
import json, os, socket, sys
os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_HOME=sys.argv[3])
def refuse(*_): raise SystemExit("a network was asked for")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
import datasets
kind, path = sys.argv[1:3]
if kind == "hf":
    read = datasets.load_from_disk(path)
else:
    read = datasets.load_dataset("imagefolder", data_dir=path, split="train")
label = read.features["label"]
rows = [
    [row["id"], label.int2str(row["label"]) if kind == "hf" else row["label"], row["score"],
     list(row["image"].size), list(row["image"].convert("RGB").getpixel((0, 0)))]
    for row in read
]
print(json.dumps(sorted(rows)))
"""


def read_back(kind: str, path: Path, home: Path) -> list[list[object]]:
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, kind, str(path), str(home)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    rows: list[list[object]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def expected(run: Run, hostile: Path) -> list[list[object]]:
    table = content_of(run, run.samples["id"].to_numpy()).table
    rows: list[list[object]] = []
    for row in table.itertuples():
        with Image.open(hostile / str(row.path)) as image:
            pixel = image.convert("RGB").getpixel((0, 0))
            assert isinstance(pixel, tuple)
            rows.append([row.id, row.label, row.score, list(image.size), list(pixel)])
    return rows


@pytest.mark.parametrize("kind", ["hf", "hf-imagefolder"])
def test_datasets_reads_it(run: Run, hostile: Path, tmp_path: Path, kind: str) -> None:
    record(run.path, [5], by="a", relabel=run.classes[1])
    record(run.path, [6], by="a", relabel="new")
    content = content_of(run, run.samples["id"].to_numpy())
    written = write_export(content, tmp_path / "out", format_name=kind)
    assert written.samples == 78
    assert read_back(kind, tmp_path / "out", tmp_path / "home") == expected(run, hostile)


def test_metadata_is_a_csv_where_that_is_safe(run: Run, tmp_path: Path) -> None:
    content = content_of(run, run.samples["id"][13:39].to_numpy())
    assert set(content.table["label"]) == {"-1", "=SUM(A1)"}
    cases = {("cat, x", 'dog "é"'): ".csv", ("=cat", "dog"): ".jsonl", ("007", "1"): ".jsonl",
             ("NA", "dog"): ".jsonl", ("0", "1"): ".csv"}  # fmt: skip
    for place, (labels, ending) in enumerate(cases.items()):
        names = dict(zip(("-1", "=SUM(A1)"), labels, strict=True))
        content.table["label"] = (
            content_of(run, content.table["id"].to_numpy()).table["label"].map(names)
        )
        out = tmp_path / f"out{place}"
        write_export(content, out, format_name="hf-imagefolder", mode="symlink")
        assert [file.suffix for file in (out / "train").iterdir() if file.is_file()] == [ending]
        if ending == ".csv":
            text = (out / "train" / "metadata.csv").read_bytes()
            table = pd.read_csv(io.BytesIO(text), dtype={"label": str})
            assert list(table) == ["file_name", "label", "score", "id"]
            assert table["label"].tolist() == content.table["label"].tolist()
            assert all((out / "train" / name).is_file() for name in table["file_name"])


def test_without_the_library_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    (tmp_path / "kept.csv").write_text("id\n1\n")
    subset = ["--subset", str(tmp_path / "kept.csv"), "--format", "hf"]
    assert main(["export", str(run.path), *subset, "--out", str(tmp_path / "out")]) == 2
    assert "pip install 'dlc-dashboard[hf]'" in capsys.readouterr().err
