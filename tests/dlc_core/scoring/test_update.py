"""New images are scored by a run's own masks and centroids; where those do not hold, it says so."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlc_core.atomic_files import write_record
from dlc_core.backbones import load_backbone
from dlc_core.cli import main
from dlc_core.datasets import load_dataset
from dlc_core.decisions import read_log, record
from dlc_core.errors import DLCError
from dlc_core.pipeline import score_run, update_run
from dlc_core.previews import read_preview
from dlc_core.runs import Run
from dlc_core.scoring import ScoreSettings, learning_complexity
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.new_samples import shifts
from dlc_core.scoring.update import settings_of
from tests.by_hand import without_digests

MASKS = 4


@pytest.fixture(scope="module")
def digits() -> list[tuple[str, Image.Image]]:
    data = load_dataset("digits").limited(160)
    return [(sample.path, data.read(sample)) for sample in data.samples]


def put(root: Path, images: list[tuple[str, Image.Image]]) -> None:
    for path, image in images:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        image.save(root / path)
        long_ago = time.time() - 3600
        os.utime(root / path, (long_ago, long_ago))


@pytest.fixture(scope="module")
def based(tmp_path_factory: pytest.TempPathFactory, digits: list[tuple[str, Image.Image]]) -> Path:
    """A folder with every fourth digit missing, and a run of it beside."""
    folder = tmp_path_factory.mktemp("added")
    put(folder / "images", [one for place, one in enumerate(digits) if place % 4])
    (folder / "images" / digits[1][0]).with_name("broken.png").write_bytes(b"no image")
    words = ["score", str(folder / "images"), "--masks", str(MASKS), "--out", str(folder / "run")]
    assert main(words) == 0
    return folder


@pytest.fixture
def place(based: Path, tmp_path: Path) -> Path:
    """A copy of both, whose run says where its images are now."""
    shutil.copytree(based, tmp_path / "here")
    file = tmp_path / "here" / "run" / "run.json"
    text = file.read_text().replace(str(based), str(tmp_path / "here"))
    write_record(file.parent, json.loads(text))
    return tmp_path / "here"


def late(digits: list[tuple[str, Image.Image]]) -> list[tuple[str, Image.Image]]:
    return digits[::4]


def test_scores_are_by_the_masks_and_centroids_of_the_run(
    place: Path, digits: list[tuple[str, Image.Image]], capsys: pytest.CaptureFixture[str]
) -> None:
    base = Run.open(place / "run")
    first = base.samples
    record(base.path, [int(first["id"][3])], by="a", verdict="pin", note="good")
    put(place / "images", late(digits))
    assert main(["update", str(place / "run"), "--out", str(place / "all")]) == 0
    said = capsys.readouterr().err
    assert f"added {len(late(digits))} samples to the {len(first)}" in said
    assert "decisions taken over: 1 sample" in said
    made = Run.open(place / "all")
    table = made.samples
    assert list(table["path"]) == sorted(path for path, _ in digits)
    assert len(made.faults) == 1
    # Old ones stand, bit for bit, wherever they are now.
    at = table.set_index("path").index.get_indexer(pd.Index(first["path"]))
    np.testing.assert_array_equal(table["score"].to_numpy()[at], first["score"].to_numpy())
    np.testing.assert_array_equal(made.losses[:, at], base.losses)
    np.testing.assert_array_equal(made.predicted[:, at], base.predicted)
    np.testing.assert_array_equal(made.features[at], base.features)
    # New ones, literally: each mask's features against the centroids of the run.
    backbone, data = load_backbone("demo"), load_dataset(place / "images")
    encoder = MaskedBackbone(backbone, settings_of(base), device="cpu")
    fresh = [sample for sample in data.samples if sample.path not in set(first["path"])]
    fresh = [sample for sample in fresh if not sample.path.endswith("broken.png")]
    pixels = np.stack([backbone.images().pixels(data.read(sample)) for sample in fresh])
    centroids = np.load(base.path / "centroids.npy")
    losses = []
    for mask in range(MASKS):
        encoder.apply(mask)
        z = np.concatenate([f for _, f in encoder.outputs([(slice(0, len(fresh)), pixels)])])
        losses.append(learning_complexity(z, centroids, [sample.class_id for sample in fresh]))
    scores = table.set_index("path").loc[[sample.path for sample in fresh], "score"]
    np.testing.assert_allclose(scores, np.mean(losses, axis=0), rtol=1e-5)
    # Ranks, pictures, map, decisions are of all of them.
    assert sorted(table["rank"]) == list(range(1, len(table) + 1))
    for row in (0, 7, len(table) - 1):
        picture = read_preview(made.path, row)
        path = table["path"][row]
        assert picture is not None
        if path in set(first["path"]):
            old_row = int(np.flatnonzero(first["path"] == path)[0])
            assert picture == read_preview(base.path, old_row)
    assert len(made.projection) == len(table)
    pinned = read_log(made.path).state(table["id"].to_numpy()).pinned
    assert list(table["path"][pinned]) == [first["path"][3]]
    assert any("were added to run" in text for text in made.warnings)
    assert not (made.path / "work").exists()
    # And once more, on top of it.
    assert main(["update", str(made.path), "--out", str(place / "more")]) == 2
    assert "nothing is new" in capsys.readouterr().err


def test_a_stop_is_gone_on_with(
    place: Path, digits: list[tuple[str, Image.Image]], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place / "images", late(digits))
    base, data, backbone = (
        Run.open(place / "run"),
        load_dataset(place / "images"),
        load_backbone("demo"),
    )
    whole = update_run(base, data, backbone, out=place / "whole")
    calls: list[int] = []
    plain = MaskedBackbone.apply

    def stopping(self: MaskedBackbone, mask: int) -> None:
        calls.append(mask)
        if len(calls) == 3:
            raise KeyboardInterrupt
        plain(self, mask)

    monkeypatch.setattr(MaskedBackbone, "apply", stopping)
    with pytest.raises(KeyboardInterrupt):
        update_run(base, data, backbone, out=place / "all")
    info = json.loads((place / "all" / "run.json").read_text())
    assert info["status"] == "interrupted"
    with pytest.raises(DLCError, match="not finished and has no scores"):
        Run.open(place / "all")
    with pytest.raises(DLCError, match="exists already"):
        update_run(base, data, backbone, out=place / "all")
    made = update_run(base, data, backbone, out=place / "all", resume=True)
    pd.testing.assert_frame_equal(made.samples, whole.samples)
    np.testing.assert_array_equal(made.losses, whole.losses)
    assert update_run(base, data, backbone, out=place / "all", resume=True).done
    other = Run.open(shutil.copytree(place / "run", place / "other"))
    with pytest.raises(DLCError, match="begun with another run"):
        update_run(other, data, backbone, out=place / "all", resume=True)


def test_what_would_move_a_centroid_is_refused(
    place: Path, digits: list[tuple[str, Image.Image]], capsys: pytest.CaptureFixture[str]
) -> None:
    turned = [(path, Image.eval(image, lambda value: 255 - value)) for path, image in late(digits)]
    put(place / "images", turned)
    assert main(["update", str(place / "run"), "--out", str(place / "all")]) == 2
    said = capsys.readouterr().err
    assert "would move the centroid of class" in said
    assert "score anew" in said
    info = json.loads((place / "all" / "run.json").read_text())
    assert info["status"] == "failed"


def change(root: Path, how: str) -> None:
    path = sorted((root / "3").glob("digit*.png"))[0]
    if how == "gone":
        path.unlink()
    elif how == "changed":
        os.utime(path, (time.time() + 60, time.time() + 60))
    else:
        (root / "cat").mkdir()
        shutil.copy(path, root / "cat")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("gone", "1 of its samples are gone"),
        ("changed", "changed since"),
        ("class", "class 'cat' is new"),
        ("nothing", "nothing is new since run was scored"),
    ],
)
def test_what_cannot_be_added(
    place: Path, how: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if how != "nothing":
        change(place / "images", how)
    assert main(["update", str(place / "run"), "--out", str(place / "all")]) == 2
    assert words in capsys.readouterr().err
    assert not (place / "all").exists()


def edited(run: Path, change: dict[str, Any]) -> Run:
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**info, **change}))
    without_digests(run)
    return Run.open(run)


def test_runs_that_cannot_be_added_to(place: Path, digits: list[tuple[str, Image.Image]]) -> None:
    put(place / "images", late(digits))
    data, backbone = load_dataset(place / "images"), load_backbone("demo")
    info = Run.open(place / "run").info
    for wrong, words in (
        ({"score": "dlc-calibrated"}, "Calibrated learning complexity"),
        ({"backbone": {**info["backbone"], "digest": "x"}}, "other weights"),
        ({"masking": {**info["masking"], "steps": [0, 1, 2, 9]}}, "earlier version"),
        ({"masking": {**info["masking"], "done": [0]}}, "not scored to its end"),
    ):
        run = edited(place / "run", {**info, **wrong})
        with pytest.raises(DLCError, match=words):
            update_run(run, data, backbone, out=place / "all")


def test_settings_are_those_of_the_run(tmp_path: Path) -> None:
    data, backbone = load_dataset("digits").limited(24), load_backbone("demo")
    for number, settings in enumerate(
        (
            ScoreSettings(profile="fast"),
            ScoreSettings(masks=3, interval=0.1, masking="random", seed=5),
        )
    ):
        run = score_run(data, backbone, out=tmp_path / str(number), settings=settings)
        again = MaskedBackbone(backbone, settings_of(run), device="cpu")
        once = MaskedBackbone(backbone, settings, device="cpu")
        np.testing.assert_array_equal(again.schedule.counts, once.schedule.counts)
        assert settings_of(run).seed == settings.seed


def test_the_shift_of_a_centroid_literally() -> None:
    rng = np.random.default_rng(0)
    old, rows = rng.normal(size=(60, 8)), np.repeat([0, 1, 2], 20)
    new, new_rows = rng.normal(size=(30, 8)), np.repeat([0, 1, 2], 10)
    mu = np.stack([old[rows == row].mean(axis=0) for row in range(3)])
    found = shifts(mu, old, rows, new, new_rows)
    for row in range(3):
        mine = old[rows == row]
        error = np.sqrt(np.sum((mine - mu[row]) ** 2) / (len(mine) - 1) / len(mine))
        moved = np.concatenate([mine, new[new_rows == row]]).mean(axis=0) - mu[row]
        assert found[row] == pytest.approx(np.sqrt(np.sum(moved**2)) / error)
    assert found.max() < 1.2  # alike
    assert shifts(mu, old, rows, new + 3, new_rows).min() > 1.5
    assert shifts(mu, old, rows, new[:10], new_rows[:10])[1:].tolist() == [0, 0]
    few = rows != 2
    assert shifts(mu, old[few], rows[few], new, new_rows)[2] == np.inf
