"""Image folders at other addresses, over fsspec's own local stand-ins."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

import dlc_core as dlc
from dlc_core.datasets import UnreadableImage
from tests.dlc_core.datasets.conftest import Files, as_image, same_scores, scored, served


def test_scores_are_those_of_the_files(digit_files: Files, tmp_path: Path) -> None:
    run = scored(f"file://{digit_files.root}", out=tmp_path / "run")
    same_scores(run, digit_files)
    assert run.samples["path"].tolist() == digit_files.paths
    assert run.info["dataset"]["source"] == f"file://{digit_files.root}"


def test_a_web_servers_lists(digit_files: Files, tmp_path: Path) -> None:
    """Its listing of folders is followed, and images are fetched when they are read."""
    with served(digit_files.root) as address:
        run = scored(address, out=tmp_path / "run")
        data = dlc.load_dataset(address)
    same_scores(run, digit_files)
    assert run.samples["path"].tolist() == digit_files.paths
    with pytest.raises(dlc.DLCError, match="cannot be reached any more"):
        data.read(data.samples[0])
    with pytest.raises(dlc.DLCError, match="cannot be reached: Cannot connect"):
        dlc.load_dataset(f"{address}/elsewhere")
    (tmp_path / "photos" / "a b").mkdir(parents=True)
    for name in ("x.png", "y é.png"):
        as_image(digit_files.pixels[0]).save(tmp_path / "photos" / "a b" / name)
    with served(tmp_path / "photos") as address:
        spaced = dlc.load_dataset(address)
        assert spaced.classes == ("a b",)
        assert [spaced.read(sample).size for sample in spaced.samples] == [(8, 8)] * 2
        with pytest.raises(dlc.DLCError, match="no images below"):
            dlc.load_dataset(f"{address}/nowhere")


def test_parts_litter_and_what_goes_missing(digit_files: Files) -> None:
    system = fsspec.filesystem("memory")
    for part in ("train", "test"):
        for path in digit_files.paths[:: 1 if part == "train" else 3]:
            system.pipe_file(f"/photos/{part}/{path}", (digit_files.root / path).read_bytes())
    system.pipe_file("/photos/train/0/.hidden.png", b"x")
    system.pipe_file("/photos/train/0/notes.txt", b"x")
    data = dlc.load_dataset("memory://photos")
    assert (data.split, len(data.samples)) == ("train", 60)
    assert len(dlc.load_dataset("memory://photos", split="test").samples) == 20
    system.rm(f"/photos/train/{data.samples[0].path}")
    with pytest.raises(UnreadableImage, match="is missing"):
        data.read(data.samples[0])
    with pytest.raises(dlc.DLCError, match="no split 'val' in memory://photos: it has train, test"):
        dlc.load_dataset("memory://photos", split="val")
    system.rm("/photos", recursive=True)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("memory://nowhere", "no images below memory://nowhere"),
        ("file:///nowhere/at/all", "no images below"),
        ("magic://x", "is no known address"),
        ("s3://bucket/x", "needs a driver|cannot be reached"),
    ],
)
def test_what_is_not_there(address: str, words: str) -> None:
    with pytest.raises(dlc.DLCError, match=words):
        dlc.load_dataset(address)
