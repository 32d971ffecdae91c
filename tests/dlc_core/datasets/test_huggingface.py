"""Hugging Face datasets on this disk and by name: scores as of the files, wrong ones told."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dlc_core as dlc
from dlc_core.datasets import UnreadableImage
from dlc_core.datasets.arrays import png
from tests.dlc_core.datasets.conftest import Files, as_image, same_scores, scored


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def table(files: Files, labels: str = "class", **more: list[Any]) -> datasets.Dataset:
    pictures = [{"bytes": png(as_image(pixels)), "path": None} for pixels in files.pixels]
    kind: Any = datasets.Value("string")
    if labels == "class":
        kind = datasets.ClassLabel(names=[str(digit) for digit in range(10)])
    given: list[Any] = files.labels if labels == "text" else [int(one) for one in files.labels]
    if labels == "number":
        kind = datasets.Value("int64")
    features = {"image": datasets.Image(), "label": kind}
    data = datasets.Dataset.from_dict({"image": pictures, "label": given}).cast(
        datasets.Features(features)
    )
    for name, values in more.items():
        data = data.add_column(name, values)
    return data


@pytest.mark.parametrize("labels", ["class", "text", "number"])
def test_saved_to_disk(digit_files: Files, tmp_path: Path, labels: str) -> None:
    table(digit_files, labels, age=list(range(60))).save_to_disk(str(tmp_path / "data"))
    run = scored(tmp_path / "data", out=tmp_path / "run")  # told by its files
    same_scores(run, digit_files)
    assert run.info["dataset"]["kind"] == "hf"
    assert run.columns["age"].tolist() == list(range(60))
    same_scores(scored(f"hf:{tmp_path / 'data'}", out=tmp_path / "again"), digit_files)


def test_parquet_and_parts(digit_files: Files, tmp_path: Path) -> None:
    table(digit_files).to_parquet(str(tmp_path / "all.parquet"))
    same_scores(scored(f"hf:{tmp_path / 'all.parquet'}", out=tmp_path / "run"), digit_files)
    parts = {"train": table(digit_files), "validation": table(digit_files).select(range(20))}
    datasets.DatasetDict(parts).save_to_disk(str(tmp_path / "parts"))
    assert len(dlc.load_dataset(tmp_path / "parts").samples) == 60
    data = dlc.load_dataset(tmp_path / "parts", split="val")
    assert (len(data.samples), data.split) == (20, "val")
    with pytest.raises(dlc.DLCError, match="has no split 'test'; it has train, validation"):
        dlc.load_dataset(tmp_path / "parts", split="test")


def test_a_folder_of_images(digit_files: Files, tmp_path: Path) -> None:
    run = scored(f"hf:{digit_files.root}", out=tmp_path / "run")
    same_scores(run, digit_files)
    assert run.samples["path"].tolist() == digit_files.paths


def test_images_are_read_by_many_threads_and_faults_have_reasons(
    digit_files: Files, tmp_path: Path
) -> None:
    data = table(digit_files)
    rows = data.cast_column("image", datasets.Image(decode=False))[:]
    rows["image"][3] = {"bytes": b"no image", "path": "broken.png"}
    rows["label"][5] = None
    broken = datasets.Dataset.from_dict(rows).cast(data.features)
    broken.save_to_disk(str(tmp_path / "data"))
    found = dlc.load_dataset(tmp_path / "data")
    (fault,) = found.faults
    assert (fault.path, fault.error) == ("_/000005.png", "has no label")
    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(found.read, [s for s in found.samples if s.id != 3] * 5))
    ids = [s.id for s in found.samples if s.id != 3] * 5
    for image, place in zip(images, ids, strict=True):
        np.testing.assert_array_equal(np.asarray(image), digit_files.pixels[place])
    run = scored(tmp_path / "data", out=tmp_path / "run")
    assert "not an image" in run.faults.set_index("path")["error"]["0/broken.png"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("number", "holds measured numbers"),
        ("list", "expected one class per image"),
        ("no label", "no column of labels that could be found"),
        ("no image", "no column of images that could be found"),
    ],
)
def test_other_tasks(digit_files: Files, tmp_path: Path, how: str, words: str) -> None:
    data = table(digit_files)
    if how == "number":
        data = data.remove_columns("label").add_column("label", [0.5] * 60)
    elif how == "list":
        data = data.remove_columns("label").add_column("label", [[1, 2]] * 60)
    else:
        data = data.rename_column("label" if how == "no label" else "image", "other")
        if how == "no image":
            data = data.remove_columns("other").add_column("other", [1] * 60)
        else:
            data = data.cast_column("other", datasets.Value("int64"))
    data.save_to_disk(str(tmp_path / "data"))
    with pytest.raises(dlc.DLCError, match=words):
        dlc.load_dataset(tmp_path / "data")


def test_wrong_folders_and_names(digit_files: Files, tmp_path: Path) -> None:
    table(digit_files).save_to_disk(str(tmp_path / "data"))
    for file in (tmp_path / "data").glob("*.arrow"):
        file.write_bytes(b"damaged")
    with pytest.raises(dlc.DLCError, match="cannot be read as a Hugging Face dataset"):
        dlc.load_dataset(tmp_path / "data")
    (tmp_path / "empty").mkdir()
    with pytest.raises(dlc.DLCError, match="cannot be read as a Hugging Face dataset"):
        dlc.load_dataset(f"hf:{tmp_path / 'empty'}")
    with pytest.raises(dlc.DLCError, match="no such folder"):
        dlc.load_dataset(f"hf:{tmp_path / 'gone'}")
    with pytest.raises(dlc.DLCError, match="is not on this machine: allow the download"):
        dlc.load_dataset("hf:someone/something")
    with pytest.raises(dlc.DLCError, match="has no use for --image-root"):
        dlc.load_dataset(f"hf:{tmp_path / 'empty'}", image_root=tmp_path)


def test_a_name_from_the_librarys_cache(digit_files: Files, tmp_path: Path) -> None:
    table(digit_files).to_parquet(str(tmp_path / "all.parquet"))
    dlc.load_dataset(f"hf:{tmp_path / 'all.parquet'}")
    made = next(path.parent for path in (tmp_path / "cache").rglob("dataset_info.json"))
    kept = tmp_path / "cache" / "someone___digits" / "default" / "0.0.0" / "0123abc"
    shutil.copytree(made, kept)
    for file in kept.glob("parquet-*.arrow"):
        file.rename(file.with_name(file.name.replace("parquet-", "digits-")))
    info = json.loads((kept / "dataset_info.json").read_text())
    info.update(builder_name="parquet", dataset_name="digits", config_name="default")
    (kept / "dataset_info.json").write_text(json.dumps(info))
    same_scores(scored("hf:someone/digits", out=tmp_path / "run"), digit_files)


def test_a_download_without_network_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("datasets.config.HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(dlc.DLCError, match="could not download the dataset"):
        dlc.load_dataset("hf:someone/something", download=True)


def test_a_row_cannot_name_a_file_elsewhere(digit_files: Files, tmp_path: Path) -> None:
    """A table from somebody else must not show what lies outside its folder."""
    (tmp_path / "data").mkdir()
    inside = tmp_path / "data" / "a.png"
    inside.write_bytes((digit_files.root / digit_files.paths[0]).read_bytes())
    outside = digit_files.root / digit_files.paths[1]
    names = ["a.png", outside, f"{inside.parent}/../data/../../{outside}"]
    table = pa.table({
        "image": [{"bytes": None, "path": str(name)} for name in names], "label": ["0", "1", "1"],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "data" / "t.parquet")
    data = dlc.load_dataset(f"hf:{tmp_path / 'data' / 't.parquet'}", image_column="image")
    assert data.read(data.samples[0]).size == (8, 8)
    for sample in data.samples[1:]:
        with pytest.raises(UnreadableImage, match="outside the data's folder"):
            data.read(sample)
