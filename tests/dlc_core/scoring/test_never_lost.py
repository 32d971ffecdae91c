"""Kills, full disks, vanished folders: nothing that was done is lost, and nothing is made up."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlc_core.atomic_files import read_json
from dlc_core.backbones import load_backbone
from dlc_core.datasets import Sample, load_dataset
from dlc_core.errors import DLCError
from dlc_core.pipeline import score_run
from dlc_core.records.progress import Meter, Step
from dlc_core.row_file import RowFile
from dlc_core.runs import Run
from dlc_core.runs.finish_early import ask_to_finish
from dlc_core.scoring import ScoreSettings

KILLS = 14
PHASES = ("decoding", "scoring", "scoring", "")  # in which the kills strike; "" = while it starts
RESULTS = ("losses.npy", "predicted.npy", "features.npy", "samples.parquet", "faults.parquet",
           "thumbnails.bin", "thumbnails.npy")  # fmt: skip

# Imports once, then forks a child for each attempt: the kills are cheap, so there can be many.
FORKS = """
import os, sys, time
from dlc_core.backbones import load_backbone
from dlc_core.datasets import load_dataset
from dlc_core.pipeline import score_run
from dlc_core.scoring import ScoreSettings
import dlc_core.backbones.preprocess as preprocess
import dlc_core.scoring.first_pass as first_pass
import torch
folder, out, cache = sys.argv[1], sys.argv[2], sys.argv[3]
first_pass.CHECKPOINT_SECONDS = 0.05
preprocess._PIXELS_A_BATCH = {"cpu": 16 * 32**2}
for line in sys.stdin:
    child = os.fork()
    if not child:
        torch.set_num_threads(1)
        print("begun", os.getpid(), flush=True)
        score_run(
            load_dataset(folder), load_backbone("demo"), out=out, resume=True,
            settings=ScoreSettings(masks=20), pixel_budget=int(cache) if cache else None,
        )
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("ended", status, flush=True)
"""


@pytest.fixture(autouse=True)
def _every_step_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlc_core.scoring.coordinator.Meter", partial(Meter, interval=0.0))


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of 60 pictures of a real size, two files that are none."""
    rng = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("made") / "photos"
    for class_number, name in enumerate(("a", "b", "c")):
        (root / name).mkdir(parents=True)
        for number in range(60):
            noise = rng.integers(0, 256, (9, 12, 3)).astype(np.uint8)
            noise[:, :, class_number] //= 3
            Image.fromarray(noise).resize((320, 240)).save(root / name / f"{number:03d}.jpg")
    (root / "a" / "100.jpg").write_bytes(b"no image")
    (root / "c" / "000x.jpg").write_bytes(b"")
    return root


@pytest.fixture
def photos(made_once: Path, tmp_path: Path) -> Path:
    """The pictures, for one test to spoil."""
    return shutil.copytree(made_once, tmp_path / "photos")


def _wait_until(phase: str, out: Path, begun: float) -> None:
    """Wait until a process begun at a time works on a phase, or was too quick for us."""
    while phase and time.time() < begun + 5:
        state = read_json(out / "progress.json") or {}
        if state.get("updated", 0) > begun and state["phase"] == phase:
            return
        if (read_json(out / "run.json") or {}).get("status") == "done":
            return
        time.sleep(0.005)


@pytest.mark.parametrize("cache", ["", "0"], ids=["kept", "decoded twice"])
def test_killed_at_random_moments_it_ends_the_same(
    photos: Path, tmp_path: Path, cache: str
) -> None:
    def attempts(out: Path, kill: bool) -> int:
        command = [sys.executable, "-c", FORKS, str(photos), str(out), cache]
        chance, kills = random.Random(7), 0
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as forker:
            assert forker.stdin is not None
            assert forker.stdout is not None
            while True:
                print("go", file=forker.stdin, flush=True)
                _, pid = forker.stdout.readline().split()
                if kill and kills < KILLS:
                    _wait_until(PHASES[kills % len(PHASES)], out, time.time())
                    time.sleep(chance.uniform(0, 0.25))
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
                status = int(forker.stdout.readline().split()[1])
                if status == 0:
                    forker.stdin.close()
                    return kills
                assert status == signal.SIGKILL
                kills += 1

    whole = tmp_path / "whole"
    assert attempts(whole, kill=False) == 0
    kills = 0
    while kills < KILLS:
        out = tmp_path / f"killed-{kills}"
        survived = attempts(out, kill=True)
        kills += survived
        for name in RESULTS:
            assert (whole / name).read_bytes() == (out / name).read_bytes(), (survived, name)
        run = Run.open(out)
        assert run.info["counts"] == {"samples": 180, "faults": 2, "classes": 3}
        assert not (run.path / "work").exists()
        assert not list(run.path.glob(".*.tmp"))


def score(folder: Path, out: Path, **options: Any) -> Run:
    return score_run(
        load_dataset(folder), load_backbone("demo"), out=out,
        settings=ScoreSettings(masks=6), **options,
    )  # fmt: skip


def stop_at(moment: str) -> Any:
    def stop(step: Step) -> None:
        if step.phase == moment and step.done > 40:
            raise KeyboardInterrupt

    return stop


def stopped(folder: Path, out: Path, moment: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        score(folder, out, report=stop_at(moment))


def test_a_stopped_run_has_the_scores_so_far(photos: Path, tmp_path: Path) -> None:
    whole = score(photos, tmp_path / "whole")
    stopped(photos, tmp_path / "part", "scoring")
    part = Run.open(tmp_path / "part")
    assert not part.done
    assert part.partial == "the scores rest on 1 of 6 masks"
    np.testing.assert_array_equal(part.losses[0], whole.losses[0])
    assert np.isnan(part.losses[1:]).all()
    np.testing.assert_allclose(part.samples["score"], part.losses[0], rtol=1e-6)


def test_finishing_early_is_a_result(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"

    def ask(step: Step) -> None:
        if step.detail == "mask 4 of 6":
            ask_to_finish(out)

    run = score(photos, out, report=ask)
    assert run.done
    assert run.partial == "the scores rest on 3 of 6 masks"
    assert run.masks_done == [0, 2, 5]  # the widest gaps first
    assert not (out / "work").exists()
    assert np.isfinite(run.samples["score"]).all()
    whole = score(photos, tmp_path / "whole")
    for mask in run.masks_done:
        np.testing.assert_array_equal(run.losses[mask], whole.losses[mask])


@pytest.mark.parametrize("moment", ["decoding", "scoring"])
def test_a_file_that_changed_is_named(
    photos: Path, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlc_core.scoring.first_pass.CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr("dlc_core.backbones.preprocess._PIXELS_A_BATCH", {"cpu": 16 * 32**2})
    out = tmp_path / "run"
    stopped(photos, out, moment)
    first = photos / "a" / "000.jpg"
    before = first.stat()
    Image.new("RGB", (64, 64)).save(first)
    with pytest.raises(DLCError, match=r"a/000\.jpg changed since it was read; restore it"):
        score(photos, out, resume=True)
    if moment == "scoring":  # what was done is there still, and fits together
        run = Run.open(out)
        weights = np.array(run.info["masking"]["node_weights"])
        assert run.masks_done == np.flatnonzero(weights).tolist() == [0]
        np.testing.assert_allclose(run.losses[0], run.samples["score"], rtol=1e-6)
    shutil.copy(photos / "a" / "001.jpg", first)
    os.utime(first, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert Run.open(out, unfinished=True).info["status"] == "failed"


def test_a_file_that_changes_between_its_two_decodes_is_named(photos: Path, tmp_path: Path) -> None:
    def change(step: Step) -> None:
        if step.phase == "decoding" and step.done == step.total:
            Image.new("RGB", (64, 64)).save(photos / "b" / "007.jpg")

    with pytest.raises(DLCError, match=r"b/007\.jpg changed since it was read"):
        score(photos, tmp_path / "run", report=change, pixel_budget=0)


def test_a_run_directory_removed_midway_is_one_sentence(photos: Path, tmp_path: Path) -> None:
    def remove(step: Step) -> None:
        if step.phase == "scoring":
            shutil.rmtree(tmp_path / "run", ignore_errors=True)

    with pytest.raises(DLCError, match="was removed while it was written; score again"):
        score(photos, tmp_path / "run", report=remove)


def test_without_its_state_all_is_done_anew(photos: Path, tmp_path: Path) -> None:
    stopped(photos, tmp_path / "run", "scoring")
    (tmp_path / "run" / "work" / "state.json").unlink()
    Image.new("RGB", (64, 64), (9, 99, 200)).save(photos / "a" / "000.jpg")
    run, whole = score(photos, tmp_path / "run", resume=True), score(photos, tmp_path / "whole")
    for name in RESULTS:
        assert (run.path / name).read_bytes() == (whole.path / name).read_bytes(), name


@pytest.mark.parametrize("damage", ["gone", "short"])
def test_faults_do_not_vanish(photos: Path, tmp_path: Path, damage: str) -> None:
    stopped(photos, tmp_path / "run", "scoring")
    file = tmp_path / "run" / "work" / "faults.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    assert len(lines) == 2
    file.unlink() if damage == "gone" else file.write_text(lines[0])
    run = score(photos, tmp_path / "run", resume=True)
    assert run.faults["path"].tolist() == ["a/100.jpg", "c/000x.jpg"]


def test_a_folder_that_vanishes_midway_is_no_thousand_faults(photos: Path, tmp_path: Path) -> None:
    whole = score(photos, tmp_path / "whole")
    out, away = tmp_path / "run", tmp_path / "away"

    def vanish(step: Step) -> None:
        if step.phase == "decoding" and not step.done:
            photos.rename(away)

    with pytest.raises(DLCError, match="was there and is gone; bring it back"):
        score(photos, out, report=vanish)
    info = Run.open(out, unfinished=True).info
    assert (info["status"], info["counts"]) == ("failed", {})
    away.rename(photos)
    again = score(photos, out, resume=True)
    np.testing.assert_array_equal(again.losses, whole.losses)


def test_what_an_earlier_version_began_goes_on_where_it_was(photos: Path, tmp_path: Path) -> None:
    whole, out = score(photos, tmp_path / "whole"), tmp_path / "run"
    stopped(photos, out, "scoring")
    work = out / "work"
    for now, then in (("looked.bin", "images.bin"), ("prepared.bin", "pixels.bin")):
        (work / now).rename(work / then)
    state = json.loads((work / "state.json").read_text())
    (side, *_), _ = state.pop("row")
    before = {"images": state.pop("looked"), "crop": side, **state}
    (work / "state.json").write_text(json.dumps(before))
    run = score(photos, out, resume=True)
    assert run.info["timings"]["decodes"] == 180  # none is decoded again
    for name in RESULTS:
        assert (run.path / name).read_bytes() == (whole.path / name).read_bytes(), name


@pytest.mark.parametrize("after", [0, 2, 3])
def test_a_full_disk_is_one_sentence_and_the_run_goes_on(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    whole = score(photos, tmp_path / "whole")
    append, left = RowFile.append, [after]

    def full(file: RowFile, values: Any) -> None:
        if not left[0]:
            append(file, values[: len(values) // 2])  # what fitted
            raise OSError(errno.ENOSPC, "No space left on device")
        left[0] -= 1
        append(file, values)

    with monkeypatch.context() as patch:
        patch.setattr(RowFile, "append", full)
        with pytest.raises(DLCError, match="the disk is full; make room and go on with --resume"):
            score(photos, tmp_path / "run")
    assert Run.open(tmp_path / "run", unfinished=True).info["status"] == "failed"
    run = score(photos, tmp_path / "run", resume=True)
    for name in RESULTS:
        assert (run.path / name).read_bytes() == (whole.path / name).read_bytes(), name


def test_too_little_disk_is_said_before_the_start(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=50_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    with pytest.raises(DLCError, match=r"needs .* kB of disk in .*, 50 kB are free; make room"):
        score(photos, tmp_path / "run")


@pytest.mark.parametrize(("budget", "times"), [(None, 1), (0, 2)])
def test_decodes_are_counted_over_stops_and_none_is_repeated(
    photos: Path, tmp_path: Path, budget: int | None, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlc_core.scoring.first_pass.CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr("dlc_core.backbones.preprocess._PIXELS_A_BATCH", {"cpu": 16 * 32**2})
    monkeypatch.setattr("dlc_core.scoring.prepared_rows.BLOCK_BYTES", 64 * 3 * 32**2)
    out, decoded = tmp_path / "run", [0]
    dataset = load_dataset(photos)

    def read(sample: Sample) -> Image.Image:
        image = dataset.read(sample)
        decoded[0] += 1
        return image

    counting = replace(dataset, read=read)

    def attempt(report: Any) -> Run:
        return score_run(
            counting, load_backbone("demo"), out=out, settings=ScoreSettings(masks=6),
            resume=True, report=report, pixel_budget=budget,
        )  # fmt: skip

    def stop_halfway(step: Step) -> None:
        if step.phase == "decoding" and step.done > 90:
            raise KeyboardInterrupt

    for report in (stop_halfway, stop_at("scoring")):
        with pytest.raises(KeyboardInterrupt):
            attempt(report)
    run = attempt(lambda _step: None)
    # What waited in the queue when it was stopped is decoded again; what was written is not.
    assert 180 * times <= decoded[0] <= 180 * times + 2 * 100
    assert run.info["timings"]["decodes"] <= decoded[0]
    assert run.info["timings"]["decodes"] >= 180 * times
    whole = score(photos, tmp_path / "whole")
    np.testing.assert_array_equal(run.samples["score"], whole.samples["score"])


def test_what_is_refused_leaves_nothing_in_the_way(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        usage = shutil.disk_usage(tmp_path)._replace(free=50_000)
        patch.setattr("shutil.disk_usage", lambda _folder: usage)
        with pytest.raises(DLCError, match="make room"):
            score(photos, tmp_path / "run")
    assert score(photos, tmp_path / "run").done
