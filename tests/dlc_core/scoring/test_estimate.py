from __future__ import annotations

from pathlib import Path

import pytest

from dlc_core.backbones import load_backbone
from dlc_core.datasets import load_dataset
from dlc_core.errors import DLCError
from dlc_core.file_names import readable_bytes
from dlc_core.pipeline import score_run
from dlc_core.scoring import ScoreSettings
from dlc_core.scoring.coordinator import estimate_run


def test_a_run_stays_within_its_estimate(tmp_path: Path) -> None:
    dataset, backbone = load_dataset("digits").limited(500), load_backbone("demo")
    settings = ScoreSettings(masks=6)
    needs = estimate_run(dataset, backbone, out=tmp_path / "run", settings=settings)
    assert (needs.samples, needs.passes, needs.cached) == (500, 6, True)
    assert not (tmp_path / "run").exists()
    largest = [0]

    def look(_step: object) -> None:
        files = (tmp_path / "run").rglob("*")
        largest[0] = max(largest[0], sum(f.stat().st_size for f in files if f.is_file()))

    run = score_run(dataset, backbone, out=tmp_path / "run", settings=settings, report=look)
    kept = sum(file.stat().st_size for file in run.path.iterdir())
    overhead = 20_000  # run.json, faults and headers do not grow with the samples
    assert 0.1 * needs.kept_bytes < kept < needs.kept_bytes + overhead
    assert 500 * 32 * 32 * 3 < largest[0] < needs.disk_bytes + needs.kept_bytes + overhead
    assert run.info["estimate"]["passes"] == 6


def test_without_room_for_pixels_it_says_twice(tmp_path: Path) -> None:
    dataset, backbone = load_dataset("digits").limited(50), load_backbone("demo")
    needs = estimate_run(dataset, backbone, out=tmp_path / "run", pixel_budget=1000)
    assert not needs.cached
    assert "decoded twice" in needs.words()


def test_too_little_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 1000)
    dataset, backbone = load_dataset("digits").limited(50), load_backbone("demo")
    with pytest.raises(DLCError, match=r"needs .* of memory, this machine has 4\.1 MB"):
        score_run(dataset, backbone, out=tmp_path / "run")


def test_sizes_are_readable() -> None:
    sizes = [readable_bytes(size) for size in (7, 1234, 5.6e7, 1.5e9, 2e13)]
    assert sizes == ["7 bytes", "1.23 kB", "56 MB", "1.5 GB", "20 TB"]
