from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dlc_core.backbones import load_backbone
from dlc_core.datasets import load_dataset
from dlc_core.errors import DLCError
from dlc_core.masking.weight_masks import maskable_parameters
from dlc_core.pipeline import score_run
from dlc_core.records.progress import Meter, Step
from dlc_core.runs import Run
from dlc_core.runs.finish_early import ask_to_finish
from dlc_core.scoring import ScoreSettings
from dlc_core.scoring.objectives.calibrated_centroids import calibrated_losses

SETTINGS = ScoreSettings(masks=8, interval=0.3, score="dlc-calibrated")


def literal(features: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The calibrated losses of one mask, as the docstring says them."""
    z = features.double()
    mu = torch.stack([z[rows == c].mean(0) for c in range(int(rows.max()) + 1)])
    distance = (z[:, None] - mu[None]).norm(dim=2)
    logits = 1 / (distance / distance.mean()).clamp_min(1e-6)
    return nn.functional.cross_entropy(logits, rows, reduction="none")


@pytest.mark.parametrize(("n", "c", "d"), [(12, 2, 3), (5000, 7, 4)])
def test_losses_are_the_literal_ones(n: int, c: int, d: int) -> None:
    rng = np.random.default_rng(n)
    features, rows = rng.normal(size=(n, d)).astype(np.float32), np.arange(n) % c
    expected = literal(torch.from_numpy(features), torch.from_numpy(rows)).numpy()
    found = calibrated_losses(features, rows, c)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    # Neither place nor scale of the features matters.
    moved = calibrated_losses(features * np.float32(64) + np.float32(8), rows, c)
    np.testing.assert_allclose(moved, expected, rtol=1e-4)


def test_features_that_are_all_equal_tell_nothing() -> None:
    losses = calibrated_losses(np.ones((6, 3), np.float32), np.arange(6) % 2, 2)
    np.testing.assert_allclose(losses, np.log(2))


def score(out: Path, **options: Any) -> Run:
    dataset = load_dataset("digits").limited(400)
    return score_run(dataset, load_backbone("demo"), out=out, settings=SETTINGS, **options)


def test_the_score_is_the_literal_one_and_stops_at_the_collapse(tmp_path: Path) -> None:
    run = score(tmp_path / "run")
    dataset, backbone = load_dataset("digits").limited(400), load_backbone("demo")
    pixels = np.stack([backbone.images().pixels(dataset.read(s)) for s in dataset.samples])
    images = backbone.images().model_input(torch.from_numpy(pixels))
    rows = torch.from_numpy(dataset.class_ids)
    weights = [weight for _, weight in maskable_parameters(backbone.encoder)]
    flat = torch.cat([weight.abs().flatten() for weight in weights])
    order = flat.argsort(stable=True)
    losses: list[np.ndarray] = []
    knows: list[float] = []
    for ratio in run.info["masking"]["mask_ratio"]:
        keep = torch.ones_like(flat)
        keep[order[: round(ratio * len(flat))]] = 0
        masked = load_backbone("demo").encoder
        with torch.no_grad():
            parts = torch.split(keep, [weight.numel() for weight in weights])
            for (_, weight), part in zip(maskable_parameters(masked), parts, strict=True):
                weight.mul_(part.reshape(weight.shape))
            features = masked(images)
        if not losses:
            mu = torch.stack([features.double()[rows == c].mean(0) for c in range(10)])
        right = torch.cdist(features.double(), mu).argmin(1) == rows
        knows.append(float(np.mean([right[rows == c].double().mean() for c in range(10)])))
        losses.append(literal(features, rows).numpy())
    level = 0.1 + max(3 * np.sqrt(0.09 / 400), 0.05 * 0.9)
    last = next(mask for mask, share in enumerate(knows) if share <= level) - 1
    assert 0 < last < 7
    expected = np.mean(losses[: last + 1], axis=0)
    np.testing.assert_allclose(run.samples["score"], expected, atol=2e-5)
    assert run.info["masking"]["last_step"] == last
    assert run.masks_done == list(range(last + 2))  # the collapsed one was looked at
    assert np.isnan(run.losses[last + 2 :]).all()
    assert run.partial == ""
    assert run.info["score"] == "dlc-calibrated"


@pytest.mark.parametrize("moment", ["mask 2 of 8", "mask 4 of 8"])
def test_an_interrupted_run_goes_on_and_ends_the_same(
    tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dlc_core.scoring.coordinator.Meter", lambda tell: Meter(tell, interval=0.0)
    )
    monkeypatch.setattr("dlc_core.scoring.sweep.CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr("dlc_core.backbones.preprocess._PIXELS_A_BATCH", {"cpu": 64 * 32**2})
    whole = score(tmp_path / "whole")

    def stop(step: Step) -> None:
        stopped.append(step.done)
        if step.detail == moment and step.done % 400 > 100:
            raise KeyboardInterrupt

    stopped: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        score(tmp_path / "part", report=stop)
    again: list[Step] = []
    part = score(tmp_path / "part", resume=True, report=again.append)
    for name in ("losses.npy", "predicted.npy", "samples.parquet"):
        assert (part.path / name).read_bytes() == (whole.path / name).read_bytes(), name
    passes = [step for step in again if step.phase == "scoring" and step.detail == moment]
    assert 0 < len(passes) < 7  # of 7 batches, those before the stop are not repeated


def test_finishing_early_counts_the_masks_so_far_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dlc_core.scoring.coordinator.Meter", lambda tell: Meter(tell, interval=0.0)
    )

    def ask(step: Step) -> None:
        if step.detail == "mask 4 of 8":
            ask_to_finish(tmp_path / "run")

    run = score(tmp_path / "run", report=ask)
    assert run.masks_done == [0, 1, 2]
    assert run.partial == "the scores rest on 3 of 8 masks"
    np.testing.assert_allclose(run.info["masking"]["node_weights"][:4], [1 / 3, 1 / 3, 1 / 3, 0])
    np.testing.assert_allclose(run.samples["score"], run.losses[:3].mean(axis=0), rtol=1e-6)


def test_a_stopped_run_keeps_its_scores_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dlc_core.scoring.coordinator.Meter", lambda tell: Meter(tell, interval=0.0)
    )

    def stop(step: Step) -> None:
        if step.detail == "mask 4 of 8":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(tmp_path / "run", report=stop)
    seen: list[list[int]] = []

    def look(step: Step) -> None:
        if step.phase == "scoring":
            seen.append(Run.open(tmp_path / "run").masks_done)

    score(tmp_path / "run", resume=True, report=look)
    assert seen[0] == [0, 1, 2]


def test_it_needs_the_pixels_on_disk(tmp_path: Path) -> None:
    with pytest.raises(DLCError, match="needs the decoded samples on disk and they do not fit"):
        score(tmp_path / "run", pixel_budget=0)
    assert not (tmp_path / "run").exists()
