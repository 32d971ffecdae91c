from __future__ import annotations

import fcntl
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlc_core.atomic_files import write_atomically, write_json
from dlc_core.errors import DLCError
from dlc_core.previews import read_preview
from dlc_core.runs import Run, lock, run_folders
from dlc_core.runs.lock import writer_pid, writing
from tests.by_hand import without_digests


def test_what_a_run_holds(digits_run: Run) -> None:
    """docs/run-format.md, column by column, with plain readers."""
    folder = digits_run.path
    samples = pd.read_parquet(folder / "samples.parquet")
    assert samples.dtypes.astype(str).to_dict() == {
        "id": "int64", "path": "str", "label": "str", "class_id": "int64", "score": "float64",
        "rank": "int64", "class_rank": "int64", "percentile": "float64", "width": "int64",
        "height": "int64",
    }  # fmt: skip
    losses = np.load(folder / "losses.npy")
    assert (losses.dtype, losses.shape) == (np.float32, (3, 1797))
    assert np.load(folder / "features.npy").dtype == np.float16
    np.testing.assert_allclose(losses.mean(axis=0), samples["score"], rtol=1e-6)
    assert samples["id"].is_monotonic_increasing
    assert list(pd.read_parquet(folder / "faults.parquet").columns) == ["path", "label", "error"]
    info = json.loads((folder / "run.json").read_text())
    assert info["format"] == 1
    predicted = np.load(folder / "predicted.npy")
    assert (predicted.dtype, predicted.shape) == (np.uint16, (3, 1797))
    for mask, accuracy in enumerate(info["masking"]["accuracy"]):  # balanced over the classes
        hits = pd.Series(predicted[mask] == samples["class_id"]).groupby(samples["class_id"])
        assert hits.mean().mean() == pytest.approx(accuracy, abs=1e-6)
    ratios = info["masking"]["mask_ratio"]
    assert ratios == sorted(ratios)
    assert {path.name for path in folder.iterdir()} == {
        ".lock", "run.json", "samples.parquet", "losses.npy", "features.npy", "projection.parquet",
        "faults.parquet", "predicted.npy", "progress.json", "thumbnails.bin", "thumbnails.npy",
        "pca.npy", "kinds.parquet", "neighbours.npy", "neighbour_distances.npy", "centroids.npy",
        "projection.parquet.sum", "pca.npy.sum", "kinds.parquet.sum", "neighbours.npy.sum",
        "neighbour_distances.npy.sum",
    }  # fmt: skip


def test_thumbnails_are_read_by_row(digits_run: Run) -> None:
    found = read_preview(digits_run.path, 1796)
    assert found is not None
    assert found[1] == "image/png"
    assert read_preview(digits_run.path, 1797) is None
    assert read_preview(digits_run.path, -1) is None
    assert read_preview(digits_run.path / "nowhere", 0) is None


def test_damaged_runs_are_refused(digits_run: Run, tmp_path: Path) -> None:
    info = {key: value for key, value in digits_run.info.items() if key != "digest"}
    old = {key: value for key, value in info.items() if key != "files"}
    interrupted = json.dumps({**old, "status": "interrupted"})
    for content, words in (
        ("{", "is damaged"),
        ('{"format": "one"}', "is damaged"),
        (json.dumps({**digits_run.info, "profile": "fast"}), "not what was written"),
        (json.dumps(info), "not what was written"),
        (json.dumps({**digits_run.info, "seed": float("nan")}), "not what was written"),
        ('{"format": 7, "status": "done"}', "has run format 7, this version reads up to 1"),
        ('{"format": 1, "status": "done"}', "is damaged: it lacks dataset.name"),
        (interrupted, "is not finished"),
    ):
        (tmp_path / "run.json").write_text(content)
        with pytest.raises(DLCError, match=words):
            Run.open(tmp_path)
    (tmp_path / "run.json").write_bytes((digits_run.path / "run.json").read_bytes())
    with pytest.raises(DLCError, match=r"samples\.parquet is damaged: it is gone"):
        Run.open(tmp_path)
    without_digests(tmp_path)
    with pytest.raises(DLCError, match="cannot read"):
        _ = Run.open(tmp_path).samples
    pd.DataFrame({"id": [1]}).to_parquet(tmp_path / "samples.parquet")
    without_digests(tmp_path)
    with pytest.raises(DLCError, match="lacks the column 'path'"):
        _ = Run.open(tmp_path).samples


def test_run_folders_come_newest_first(tmp_path: Path) -> None:
    for name, seconds in (("a", 5), ("b", 9), ("c", 7)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{")
        os.utime(tmp_path / name / "run.json", (seconds, seconds))
    (tmp_path / "no run").mkdir()
    assert [path.name for path in run_folders(tmp_path)] == ["b", "c", "a"]
    assert run_folders(tmp_path / "nowhere") == []


def test_the_lock_is_held_by_the_process_not_by_the_file(tmp_path: Path) -> None:
    assert writer_pid(tmp_path) is None
    with writing(tmp_path):
        assert writer_pid(tmp_path) == os.getpid()
    assert (tmp_path / ".lock").exists()
    assert writer_pid(tmp_path) is None


def test_looking_at_the_lock_from_many_threads_disturbs_nobody(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / ".lock").write_text(str(ended.pid))
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: writer_pid(tmp_path), range(2000))) == {None}
        looks = [pool.submit(writer_pid, tmp_path) for _ in range(500)]
        with writing(tmp_path):
            assert writer_pid(tmp_path) == os.getpid()
        assert {look.result() for look in looks} <= {None, os.getpid()}
    assert (tmp_path / ".lock").read_text() == ""


def test_looks_keep_no_writer_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_PATIENCE", 0.0)  # for other writers
    look = os.open(tmp_path / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(look, fcntl.LOCK_SH)
    monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(look, fcntl.LOCK_UN))
    with writing(tmp_path):
        fcntl.flock(look, fcntl.LOCK_UN)
        with pytest.raises(DLCError, match="is being written by process"), writing(tmp_path):
            pass
    os.close(look)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    write_json(file, {"a": 1})

    def fail(target: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(file, fail)
    assert json.loads(file.read_text()) == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
