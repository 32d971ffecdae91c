"""Images without labels: clusters are the classes, the same after a stop, and said to be so."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dlc_core.atomic_files import read_json
from dlc_core.backbones import load_backbone
from dlc_core.cli import main
from dlc_core.datasets import load_dataset
from dlc_core.errors import DLCError
from dlc_core.pipeline import score_run
from dlc_core.runs import Run
from dlc_core.scoring import ScoreSettings, learning_complexity
from dlc_core.scoring.clusters import find_clusters
from dlc_core.scoring.masked_backbone import MaskedBackbone


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits in one folder, some in a sub-folder, a hidden one and a file that is no image."""
    root = tmp_path_factory.mktemp("flat") / "images"
    data = load_dataset("digits").limited(80)
    (root / "more").mkdir(parents=True)
    for place, sample in enumerate(data.samples):
        name = f"{place:03d}.png"
        data.read(sample).save(root / "more" / name if place % 4 == 0 else root / name)
    (root / ".hidden.png").write_bytes(b"x")
    (root / "notes.txt").write_text("x")
    (root / "broken.png").write_bytes(b"x")
    return root


def test_clusters_literally() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0], [9, 0], [0, 9]])
    truth = np.repeat([0, 1, 2], [10, 30, 20])
    features = (centres[truth] + 0.3 * rng.normal(size=(60, 2))).astype(np.float32)
    found = find_clusters(features, 3, seed=0)
    assert [len(set(truth[found == cluster])) for cluster in range(3)] == [1, 1, 1]
    assert np.bincount(found).tolist() == [30, 20, 10]  # the largest first
    np.testing.assert_array_equal(found, find_clusters(features, 3, seed=0))
    equal = np.zeros((10, 2), np.float32)
    assert set(find_clusters(equal, 4, seed=0)) == {0}
    assert len(set(find_clusters(features[:5], 50, seed=0))) == 5


@pytest.mark.parametrize("profile", ["exact", "fast"])
def test_scores_are_by_clusters(flat: Path, tmp_path: Path, profile: str) -> None:
    words = [
        "score",
        str(flat),
        "--clusters",
        "5",
        "--profile",
        profile,
        "--out",
        str(tmp_path / "r"),
    ]
    assert main([*words, "--masks", "2"] if profile == "exact" else words) == 0
    run = Run.open(tmp_path / "r")
    assert run.classes == [f"cluster {number}" for number in range(1, 6)]
    assert len(run.samples) == 80
    assert len(run.faults) == 1
    assert run.info["dataset"]["labels"] == "clusters"
    assert "not labels" in run.warnings[0]
    sizes = run.samples["label"].value_counts()
    assert sizes["cluster 1"] == sizes.max()
    rows = run.samples["class_id"].to_numpy()
    centroids = np.load(run.path / "centroids.npy")
    unmasked = learning_complexity(run.features.astype(np.float64), centroids, rows)
    np.testing.assert_allclose(run.losses[0], unmasked, rtol=2e-3)


def _killed(_task: object) -> None:
    raise KeyboardInterrupt


def test_a_stop_is_gone_on_with(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, backbone = load_dataset(flat, clusters=4), load_backbone("demo")
    settings = ScoreSettings(masks=4)
    whole = score_run(data, backbone, out=tmp_path / "whole", settings=settings)
    plain, calls = MaskedBackbone.apply, list[int]()

    def stopping(self: MaskedBackbone, mask: int) -> None:
        calls.append(mask)
        if len(calls) == 3:
            raise KeyboardInterrupt
        plain(self, mask)

    with monkeypatch.context() as patch:
        patch.setattr(MaskedBackbone, "apply", stopping)
        with pytest.raises(KeyboardInterrupt):
            score_run(data, backbone, out=tmp_path / "run", settings=settings)
    stopped = Run.open(tmp_path / "run")
    assert len(stopped.classes) == 4
    with monkeypatch.context() as patch:  # killed again, before the clusters are known anew
        patch.setattr("dlc_core.scoring.coordinator.Task.run", _killed)
        with pytest.raises(KeyboardInterrupt):
            score_run(data, backbone, out=tmp_path / "run", settings=settings, resume=True)
    assert Run.open(tmp_path / "run").samples.equals(stopped.samples)  # still to be read
    with pytest.raises(DLCError, match="begun with 4 clusters and would go on with 5"):
        score_run(
            load_dataset(flat, clusters=5), backbone, out=tmp_path / "run", settings=settings,
            resume=True,
        )  # fmt: skip
    made = score_run(data, backbone, out=tmp_path / "run", settings=settings, resume=True)
    assert made.samples.equals(whole.samples)


def test_a_kill_is_gone_on_with(flat: Path, tmp_path: Path) -> None:
    words = ["score", str(flat), "--clusters", "4", "--masks", "60", "--interval", "0.02"]
    out = tmp_path / "killed"
    job = subprocess.Popen([sys.executable, "-m", "dlc_core", *words, "--out", str(out)])
    until = time.monotonic() + 60
    while time.monotonic() < until and job.poll() is None:
        done = ((read_json(out / "run.json") or {}).get("masking") or {}).get("done", [])
        if len(done) > 3:
            break
        time.sleep(0.005)
    job.send_signal(signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL
    info = read_json(out / "run.json") or {}
    assert info["status"] == "running"
    assert 3 < len(info["masking"]["done"]) < 60
    assert len(Run.open(out).samples) == 80  # to be looked at meanwhile
    assert main([*words, "--out", str(out), "--resume"]) == 0
    assert main([*words, "--out", str(tmp_path / "whole")]) == 0
    made, whole = Run.open(out), Run.open(tmp_path / "whole")
    assert made.samples.equals(whole.samples)
    np.testing.assert_array_equal(made.losses, whole.losses)


def test_wrong_numbers(flat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in ("1", "500"):
        words = ["score", str(flat), "--clusters", number, "--out", str(tmp_path / "run")]
        assert main(words) == 2
        assert "clusters must be from 2 to the number of images (81)" in capsys.readouterr().err
    with pytest.raises(DLCError, match=r"no image|single class|--clusters"):
        score_run(load_dataset(flat), load_backbone("demo"), out=tmp_path / "run")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DLCError, match="or, for images without labels, a number of --clusters"):
        load_dataset(tmp_path / "empty")
