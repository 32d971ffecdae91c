from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from dlc_core.backbones import Backbone, Preprocess, load_backbone
from dlc_core.datasets import load_dataset
from dlc_core.errors import DLCError
from dlc_core.masking.weight_masks import maskable_parameters
from dlc_core.pipeline import score_run
from dlc_core.records.progress import Meter, Step
from dlc_core.runs import Run
from dlc_core.runs.lock import writing
from dlc_core.scoring import ScoreSettings

MASKS, INTERVAL = 5, 0.1


class StableL1(prune.L1Unstructured):
    """PyTorch's magnitude pruning with DESIGN's word on ties: the lowest flat index first."""

    def compute_mask(self, t: torch.Tensor, default_mask: torch.Tensor) -> torch.Tensor:
        """Zero the round(amount * n) smallest of the weights that are left."""
        mask = default_mask.clone()
        smallest = torch.argsort(t.abs().flatten(), stable=True)[: round(self.amount * t.numel())]
        mask.view(-1)[smallest] = 0
        return mask


@pytest.fixture(autouse=True)
def _every_step_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlc_core.scoring.coordinator.Meter", partial(Meter, interval=0.0))


def small_backbone() -> Backbone:
    torch.manual_seed(0)
    encoder = nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 9, 7)
    )
    return Backbone("small", encoder.eval().requires_grad_(False), Preprocess(8, 8), "random")


def literal_scores(
    backbone: Backbone,
    images: torch.Tensor,
    class_rows: np.ndarray,
    *,
    interval: float = INTERVAL,
    method: type[prune.BasePruningMethod] = StableL1,
) -> np.ndarray:
    """DESIGN section 2 with PyTorch's own pruning and its own cross-entropy, in float64."""
    modules = dict(backbone.encoder.named_modules())
    named = maskable_parameters(backbone.encoder, convolutions=backbone.convolutions)
    pruned = [(modules[name.rpartition(".")[0]], "weight") for name, _ in named]
    target = torch.from_numpy(class_rows)
    losses = []
    for t in range(MASKS):
        if t:
            prune.global_unstructured(pruned, method, amount=interval)
        with torch.no_grad():
            features = backbone.encoder(backbone.preprocess.model_input(images)).double()
        if t == 0:
            centroids = torch.stack(
                [features[target == c].mean(0) for c in range(int(target.max()) + 1)]
            )
        distance = (features[:, None] - centroids[None]).norm(dim=2).clamp_min(1e-6)
        losses.append(nn.functional.cross_entropy(1 / distance, target, reduction="none"))
    return torch.stack(losses).numpy()


def score_folder(folder: Path, out: Path, **options: object) -> Run:
    settings = ScoreSettings(masks=MASKS, interval=INTERVAL)
    return score_run(load_dataset(folder), small_backbone(), out=out, settings=settings, **options)  # type: ignore[arg-type]


RESULTS = ("losses.npy", "predicted.npy", "features.npy", "samples.parquet", "faults.parquet",
           "thumbnails.bin", "thumbnails.npy")  # fmt: skip


def same_results(one: Run, other: Run) -> None:
    """All that a scoring leaves is the same, bit for bit."""
    for name in RESULTS:
        assert (one.path / name).read_bytes() == (other.path / name).read_bytes(), name


def test_scores_are_the_literal_ones(folder: Path, tmp_path: Path) -> None:
    run = score_folder(folder, tmp_path / "run")
    dataset, backbone = load_dataset(folder), small_backbone()
    pixels = np.stack([backbone.images().pixels(dataset.read(s)) for s in dataset.samples])
    expected = literal_scores(backbone, torch.from_numpy(pixels), dataset.class_ids)
    np.testing.assert_allclose(run.losses, expected, atol=1e-6)
    np.testing.assert_allclose(run.samples["score"], expected.mean(axis=0), atol=1e-9)
    assert run.losses.dtype == np.float32
    assert run.features.shape == (12, 7)
    assert run.info["masking"]["mask_ratio"][0] == 0
    assert not (run.path / "work").exists()
    assert run.path.stat().st_mode & 0o077 == 0


def test_decoding_again_for_each_mask_gives_the_same(folder: Path, tmp_path: Path) -> None:
    cached = score_folder(folder, tmp_path / "cached")
    decoded = score_folder(folder, tmp_path / "decoded", pixel_budget=0)
    same_results(cached, decoded)
    assert cached.info["timings"]["decodes"] == 12
    assert decoded.info["timings"]["decodes"] == 24  # twice at most, whatever the masks


@pytest.mark.parametrize("stop_at", ["decoding", "mask 2", "mask 3", "mask 5"])
def test_an_interrupted_run_goes_on_and_ends_the_same(
    folder: Path, tmp_path: Path, stop_at: str
) -> None:
    whole = score_folder(folder, tmp_path / "whole")

    def stop(step: Step) -> None:
        if step.phase == stop_at or step.detail.startswith(stop_at):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_folder(folder, tmp_path / "part", report=stop)
    assert Run.open(tmp_path / "part", unfinished=True).info["status"] == "interrupted"
    with pytest.raises(DLCError, match="exists already"):
        score_folder(folder, tmp_path / "part")
    part = score_folder(folder, tmp_path / "part", resume=True)
    same_results(part, whole)
    assert part.info["timings"]["decodes"] == 12 or stop_at == "decoding"


def test_a_finished_mask_is_not_computed_again(folder: Path, tmp_path: Path) -> None:
    def stop(step: Step) -> None:
        if step.detail.startswith("mask 4"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_folder(folder, tmp_path / "run", report=stop)
    seen: list[str] = []
    score_folder(folder, tmp_path / "run", resume=True, report=lambda s: seen.append(s.detail))
    assert {detail for detail in seen if detail.startswith("mask")} == {"mask 5 of 5"}


def test_resuming_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    def stop(step: Step) -> None:
        if step.phase == "scoring":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_folder(folder, tmp_path / "run", report=stop)
    with pytest.raises(DLCError, match="masks changed"):
        score_run(
            load_dataset(folder), small_backbone(), out=tmp_path / "run",
            settings=ScoreSettings(masks=9), resume=True,
        )  # fmt: skip
    (folder / "cats" / "0.png").unlink()
    with pytest.raises(DLCError, match="list of the dataset's files changed"):
        score_folder(folder, tmp_path / "run", resume=True)


@pytest.mark.parametrize("damage", ["gone", "empty", "half"])
@pytest.mark.parametrize(
    "name",
    ["losses.npy", "nearest.npy", "features.bin", "looked.bin", "prepared.bin", "state.json",
     "../thumbnails.bin"],
)  # fmt: skip
def test_damaged_work_is_done_again(folder: Path, tmp_path: Path, name: str, damage: str) -> None:
    def stop(step: Step) -> None:
        if step.detail.startswith("mask 4"):
            raise KeyboardInterrupt

    whole = score_folder(folder, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        score_folder(folder, tmp_path / "part", report=stop)
    file = tmp_path / "part" / "work" / name
    content = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(b"" if damage == "empty" else content[: len(content) // 2])
    part = score_folder(folder, tmp_path / "part", resume=True)
    same_results(part, whole)


def test_a_finished_run_answers_only_what_it_was_asked(folder: Path, tmp_path: Path) -> None:
    score_folder(folder, tmp_path / "run")
    with pytest.raises(DLCError, match=r"masks changed since it was begun \(5, now 9\)"):
        score_run(
            load_dataset(folder),
            small_backbone(),
            out=tmp_path / "run",
            settings=ScoreSettings(masks=9, interval=INTERVAL),
            resume=True,
        )
    assert score_folder(folder, tmp_path / "run", resume=True).done


def test_leftovers_of_a_killed_writer_do_no_harm(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir(mode=0o755)
    (out / ".run.json.123-456.tmp").write_bytes(b"{")
    (out / ".lock").write_text("424242")
    run = score_folder(folder, out, resume=True)
    assert not list(run.path.glob(".*.tmp"))
    assert run.path.stat().st_mode & 0o077 == 0


def test_what_the_backbone_cannot_take_is_said_before_decoding(
    folder: Path, tmp_path: Path
) -> None:
    backbone = replace(small_backbone(), preprocess=Preprocess(9, 9))
    with pytest.raises(DLCError, match="small cannot take crops of 9 pixels"):
        score_run(load_dataset(folder), backbone, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_out_of_range_are_refused(seed: int) -> None:
    with pytest.raises(DLCError, match="seed must be in"):
        ScoreSettings(seed=seed)


def test_the_second_writer_is_refused(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    with writing(out), pytest.raises(DLCError, match="is being written by process"):
        score_folder(folder, out, resume=True)


def test_faults_are_listed_and_the_rest_goes_on(folder: Path, tmp_path: Path) -> None:
    (folder / "cats" / "0.png").write_bytes(b"no image")
    (folder / "dogs" / "9.png").write_bytes(b"")
    run = score_folder(folder, tmp_path / "run")
    assert run.faults["path"].tolist() == ["cats/0.png", "dogs/9.png"]
    assert run.faults["label"].tolist() == ["cats", "dogs"]
    assert run.samples["id"].tolist() == list(range(1, 12))  # the gap tells of the fault
    assert np.isfinite(run.losses).all()


def test_classes_without_a_readable_sample_do_not_count(folder: Path, tmp_path: Path) -> None:
    plain = score_folder(folder, tmp_path / "plain")
    (folder / "birds").mkdir()
    (folder / "birds" / "a.png").write_bytes(b"no image")
    run = score_folder(folder, tmp_path / "run")
    np.testing.assert_array_equal(run.losses, plain.losses)
    assert run.classes == ["birds", "cats", "dogs"]
    assert run.samples["class_id"].tolist() == [1] * 6 + [2] * 6


def test_a_single_class_is_refused_before_anything_is_written(folder: Path, tmp_path: Path) -> None:
    for file in (folder / "dogs").iterdir():
        file.unlink()
    with pytest.raises(DLCError, match=r"single class \('cats'\)"):
        score_folder(folder, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_bundled_digits_with_the_bundled_backbone(digits_run: Run) -> None:
    assert len(digits_run.samples) == 1797
    assert digits_run.info["nearest_centroid_accuracy"] >= 0.95
    images = torch.from_numpy(
        np.stack(
            [
                load_backbone("demo").images().pixels(load_dataset("digits").read(sample))
                for sample in load_dataset("digits").samples[:3]
            ]
        )
    )
    features = load_backbone("demo").encoder(load_backbone("demo").preprocess.model_input(images))
    np.testing.assert_allclose(
        features, digits_run.features[:3].astype(np.float32), rtol=2e-3, atol=1e-3
    )


@pytest.mark.parametrize(
    ("interval", "method"),
    # PyTorch breaks ties among these quantised weights as it likes: at the paper's interval that
    # moves no loss by 1e-5, at a larger one it does, so there the reference breaks them as we do.
    [(0.02, prune.L1Unstructured), (0.1, StableL1)],
)
def test_textures_equal_the_literal_reference(
    shared: Path, tmp_path: Path, interval: float, method: type[prune.BasePruningMethod]
) -> None:
    dataset = load_dataset(shared / "images/textures10/train").limited(24)
    weights = str(shared / "weights/mobilenet_v2_imagenet.pth")
    backbone = load_backbone("mobilenet_v2", weights=weights)
    settings = ScoreSettings(masks=MASKS, interval=interval)
    run = score_run(dataset, backbone, out=tmp_path / "run", settings=settings)
    pixels = np.stack([backbone.images().pixels(dataset.read(s)) for s in dataset.samples])
    rows = np.unique(dataset.class_ids, return_inverse=True)[1]
    images = torch.from_numpy(pixels)
    expected = literal_scores(backbone, images, rows, interval=interval, method=method)
    np.testing.assert_allclose(run.losses, expected, atol=1e-5, rtol=0)
    means = expected.mean(axis=0)
    for row in np.unique(rows):
        members = np.flatnonzero(rows == row)
        order = np.argsort(-means[members])
        assert run.samples["class_rank"].to_numpy()[members[order]].tolist() == list(
            range(1, len(members) + 1)
        )
