"""Fine-tuning on the bundled digits and backbone; once on real flowers where they are."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dlc_core.backbones import load_backbone
from dlc_core.errors import DLCError
from dlc_core.evidence.finetune_learner import finetuner
from dlc_core.evidence.material import Material, Part
from dlc_core.ranking import key_places
from dlc_core.records.progress import Step
from dlc_core.runs import Run
from dlc_core.selection.draw import Keys
from dlc_core.training.finetune_settings import FinetuneSettings
from dlc_core.training.from_run import backbone_of_run
from tests.by_hand import without_digests

QUICK = FinetuneSettings(
    epochs=2, batch=16, learning_rate=0.01, head_factor=10, least_steps=12, device="cpu"
)


class Stopped(Exception):  # noqa: N818 - it is no error
    """What the test's stop raises."""


def part_of(run: Run, *, train: list[int], held: list[int]) -> Part:
    """A part of so many rows; features and scores are of no concern here."""
    rows = run.samples["class_id"].to_numpy(dtype=np.int64)
    names = tuple(map(str, run.samples["path"]))
    nothing = np.zeros(len(rows), dtype=np.bool_)
    whole = Material(
        run.features, rows, rows, len(run.classes), Keys(names, key_places(names)), {},
        nothing, nothing,
    )  # fmt: skip
    features = np.zeros((len(rows), 1), dtype=np.float32)
    a, b = np.array(train, dtype=np.int64), np.array(held, dtype=np.int64)
    return Part(whole, a, features[a], b, features[b], rows[b])


@pytest.fixture
def part(digits_run: Run) -> Part:
    """160 digits to learn from, 200 to be judged by."""
    return part_of(digits_run, train=list(range(160)), held=list(range(300, 500)))


ALL = np.arange(160)


def test_it_learns_and_the_same_seed_gives_the_same(digits_run: Run, part: Part) -> None:
    said = finetuner(digits_run, settings=QUICK)(part, ALL, seed=0)
    assert said.shape == (200,)
    assert said.dtype == np.int64
    assert np.mean(said == part.held_targets) > 0.7  # chance: 0.1
    again = finetuner(digits_run, settings=QUICK)(part, ALL, seed=0)
    np.testing.assert_array_equal(said, again)
    other = finetuner(digits_run, settings=QUICK)(part, ALL, seed=1)
    assert (said != other).any()


def test_it_does_not_change_the_backbone_nor_pytorchs_own_draws(
    digits_run: Run, part: Part
) -> None:
    backbone = load_backbone("demo")
    before = backbone.digest()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    finetuner(digits_run, settings=QUICK, backbone=backbone)(part, ALL[:40], seed=0)
    assert backbone.digest() == before
    assert not any(weight.requires_grad for weight in backbone.encoder.parameters())
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)


def test_held_out_labels_are_not_looked_at(digits_run: Run, part: Part) -> None:
    learn = finetuner(digits_run, settings=QUICK)
    others = dataclasses.replace(part, held_targets=(part.held_targets + 1) % 10)
    np.testing.assert_array_equal(learn(part, ALL, seed=0), learn(others, ALL, seed=0))


@pytest.mark.parametrize("epoch", [0, 1])
def test_going_on_gives_what_an_unbroken_run_gives(
    digits_run: Run, part: Part, tmp_path: Path, epoch: int
) -> None:
    settings = dataclasses.replace(QUICK, epochs=3)
    unbroken = finetuner(digits_run, settings=settings)(part, ALL, seed=0)
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls > 160 + 10 * epoch + 15:  # 160 decodes, 10 batches an epoch; in the middle of one
            raise Stopped

    with pytest.raises(Stopped):
        finetuner(digits_run, settings=settings, checkpoints=tmp_path, stop=stop)(part, ALL, seed=0)
    (file,) = tmp_path.iterdir()
    assert torch.load(file, weights_only=True)["epochs"] == epoch + 1
    seen: list[Step] = []
    learn = finetuner(digits_run, settings=settings, checkpoints=tmp_path, report=seen.append)
    np.testing.assert_array_equal(learn(part, ALL, seed=0), unbroken)
    assert not list(tmp_path.iterdir())
    first = next(step for step in seen if step.phase == "finetuning")
    assert first.detail.startswith(f"epoch {epoch + 2} of 3, loss ")
    assert (first.done, first.total) == (160 * (epoch + 1) + 16, 480)


def test_another_subset_seed_or_setting_starts_anew(
    digits_run: Run, part: Part, tmp_path: Path
) -> None:
    def begun(settings: FinetuneSettings, kept: NDArray[np.int64], seed: int) -> None:
        left = [160 + 25]

        def stop() -> None:
            left[0] -= 1
            if not left[0]:
                raise Stopped

        learn = finetuner(digits_run, settings=settings, checkpoints=tmp_path, stop=stop)
        with pytest.raises(Stopped):
            learn(part, kept, seed=seed)

    settings = dataclasses.replace(QUICK, epochs=30)
    begun(settings, ALL, 0)
    begun(settings, ALL, 1)
    begun(settings, ALL[:-1], 0)
    begun(dataclasses.replace(settings, momentum=0.8), ALL, 0)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_damaged_checkpoint_counts_as_missing(
    digits_run: Run, part: Part, tmp_path: Path
) -> None:
    expected = finetuner(digits_run, settings=QUICK)(part, ALL, seed=0)
    left = 160 + 15

    def stop() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Stopped

    with pytest.raises(Stopped):
        finetuner(digits_run, settings=QUICK, checkpoints=tmp_path, stop=stop)(part, ALL, seed=0)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    learn = finetuner(digits_run, settings=QUICK, checkpoints=tmp_path)
    np.testing.assert_array_equal(learn(part, ALL, seed=0), expected)


def test_pictures_that_do_not_fit_the_memory_give_the_same(digits_run: Run, part: Part) -> None:
    few = dataclasses.replace(QUICK, memory_bytes=1000)
    np.testing.assert_array_equal(
        finetuner(digits_run, settings=few)(part, ALL[:40], seed=0),
        finetuner(digits_run, settings=QUICK)(part, ALL[:40], seed=0),
    )


@pytest.mark.parametrize(
    ("kept", "batch"),
    [
        (list(range(5)), 16),  # fewer than a batch
        (list(range(17)), 16),  # a last batch of one
        (list(range(4)), 1),  # one by one: the norms keep their statistics
    ],
)
def test_tiny_subsets(digits_run: Run, part: Part, kept: list[int], batch: int) -> None:
    settings = dataclasses.replace(QUICK, batch=batch)
    said = finetuner(digits_run, settings=settings)(part, np.array(kept), seed=0)
    assert set(said) <= set(part.targets[kept])  # a class without samples is never named


def test_one_class_or_none_needs_no_training(digits_run: Run, part: Part) -> None:
    learn = finetuner(digits_run, settings=QUICK)
    threes = np.flatnonzero(part.targets == 3)
    assert set(learn(part, threes, seed=0)) == {3}
    assert set(learn(part, ALL[:0], seed=0)) == {-1}


def test_relabelled_targets_are_what_is_learned(digits_run: Run, part: Part) -> None:
    swapped = np.array([1, 0, *range(2, 10)])
    whole = dataclasses.replace(part.whole, targets=swapped[part.whole.rows])
    said = finetuner(digits_run, settings=QUICK)(
        dataclasses.replace(part, whole=whole), ALL, seed=0
    )
    assert np.mean(said == swapped[part.held_targets]) > 0.7


def test_a_held_out_run_of_its_own(digits_run: Run, part: Part) -> None:
    learn = finetuner(digits_run, settings=QUICK)
    apart = finetuner(digits_run, held=digits_run, settings=QUICK)
    np.testing.assert_array_equal(learn(part, ALL, seed=0), apart(part, ALL, seed=0))


@pytest.fixture
def copied(digits_run: Run, tmp_path: Path) -> Path:
    """A copy of the run whose run.json may be changed."""
    shutil.copytree(digits_run.path, tmp_path / "run")
    return tmp_path / "run"


def _change(folder: Path, section: str, **values: str | bool) -> Run:
    info = json.loads((folder / "run.json").read_text())
    info.setdefault(section, {}).update(values)
    (folder / "run.json").write_text(json.dumps(info))
    without_digests(folder)
    return Run.open(folder)


def test_weights_that_are_gone_or_others_are_refused(copied: Path) -> None:
    run = _change(copied, "request", weights=str(copied / "gone.safetensors"))
    with pytest.raises(DLCError, match=r"are not at .*gone\.safetensors"):
        backbone_of_run(run)
    other = copied / "other.safetensors"
    from safetensors.torch import save_file

    state = {k: v.clone() for k, v in load_backbone("demo").encoder.state_dict().items()}
    state["stem.0.weight"] += 1
    save_file(state, other)
    with pytest.raises(DLCError, match="another digest"):
        finetuner(_change(copied, "request", weights=str(other)), settings=QUICK)


def test_images_that_are_gone_are_refused(copied: Path) -> None:
    run = _change(copied, "dataset", kind="imagefolder", root=str(copied / "no"), files=True)
    with pytest.raises(DLCError, match=r"their folder .*no is gone"):
        finetuner(run, settings=QUICK)
    run = _change(copied, "dataset", kind="imagefolder", root=str(copied), files=True)
    with pytest.raises(DLCError, match="cannot be read now"):
        finetuner(run, settings=QUICK)(
            part_of(run, train=list(range(20)), held=[30]), np.arange(20), seed=0
        )


def test_a_rate_that_diverges_says_so(digits_run: Run, part: Part) -> None:
    settings = dataclasses.replace(QUICK, learning_rate=10.0, head_factor=1000.0, epochs=20)
    with pytest.raises(DLCError, match="diverged"):
        finetuner(digits_run, settings=settings)(part, ALL, seed=0)


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": 0}, {"batch": 0}, {"image_size": 8}, {"learning_rate": 0.0},
        {"smallest_crop": 1.1}, {"momentum": 1.0}, {"device": "tpu"}, {"least_steps": -1},
    ],
)  # fmt: skip
def test_settings_out_of_range(values: dict[str, int]) -> None:
    with pytest.raises(DLCError, match=f"{next(iter(values))} must be"):
        FinetuneSettings(**values)  # type: ignore[arg-type]


def test_mobilenet_on_a_handful_of_flowers(shared: Path, tmp_path: Path) -> None:
    from dlc_core.cli import main

    weights = shared / "weights" / "mobilenet_v2_imagenet.pth"
    words = ["score", str(shared / "images" / "flowers5"), "--limit", "10", "--masks", "1"]
    words += ["--backbone", "mobilenet_v2", "--weights", str(weights), "--crop", "64"]
    assert main([*words, "--resize", "72", "--out", str(tmp_path / "run")]) == 0
    run = Run.open(tmp_path / "run")
    settings = FinetuneSettings(epochs=1, least_steps=0, batch=4, image_size=32, device="cpu")
    part = part_of(run, train=list(range(9)), held=[9])
    said = finetuner(run, settings=settings)(part, np.arange(9), seed=0)  # 4 + 5, norms of 1 pixel
    assert said.shape == (1,)
