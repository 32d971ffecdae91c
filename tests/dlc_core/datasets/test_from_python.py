"""Data and modules that are in Python already: scores as of the files, wrong ones told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)
from torchvision.datasets import CIFAR10, ImageFolder
from torchvision.transforms import ToTensor

import dlc_core as dlc
from dlc_core.backbones import load_backbone
from dlc_core.datasets import UnreadableImage
from dlc_core.datasets.arrays import png
from dlc_core.errors import DLCError
from tests.dlc_core.datasets.conftest import Files, as_image, same_scores


class Own(torch.utils.data.Dataset[Any]):
    """Images and labels, as a person would write it."""

    def __init__(self, files: Files, kind: str) -> None:
        self.files, self.kind = files, kind

    def __len__(self) -> int:
        return len(self.files.labels)

    def __getitem__(self, place: int) -> tuple[Any, Any]:
        pixels, label = self.files.pixels[place], self.files.labels[place]
        made: dict[str, Any] = {
            "pil": lambda: as_image(pixels),
            "uint8": lambda: torch.from_numpy(pixels.copy())[None],
            "float": lambda: torch.from_numpy(pixels / np.float32(255))[None],
            "numpy": lambda: np.stack([pixels] * 3, axis=-1),
        }
        return made[self.kind](), label if self.kind == "pil" else int(label)


@pytest.mark.parametrize("kind", ["pil", "uint8", "float", "numpy"])
def test_a_torch_dataset(digit_files: Files, tmp_path: Path, kind: str) -> None:
    run = dlc.score(Own(digit_files, kind), "demo", out=tmp_path / "run", masks=2)
    same_scores(run, digit_files)
    assert isinstance(run.samples, pd.DataFrame)
    assert run.info["dataset"]["kind"] == "python"


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_loader_over_a_folder(
    digit_files: Files, tmp_path: Path, shuffle: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    loader = DataLoader(ImageFolder(str(digit_files.root), ToTensor()), 7, shuffle=shuffle)
    run = dlc.score(loader, load_backbone("demo"), out=tmp_path / "run", masks=2, progress=True)
    same_scores(run, digit_files)
    assert run.samples["path"].tolist() == digit_files.paths
    assert run.info["dataset"]["files"] is True
    assert "Scoring: 100%" in capsys.readouterr().err


def test_arrays_paths_and_the_library(digit_files: Files, tmp_path: Path) -> None:
    labels = np.array([int(label) for label in digit_files.labels])
    arrays = dlc.score((digit_files.pixels, labels), "demo", out=tmp_path / "a", masks=2)
    same_scores(arrays, digit_files)
    same_scores(dlc.score(digit_files.root, "demo", out=tmp_path / "b", masks=2), digit_files)
    pictures = [{"bytes": png(as_image(pixels)), "path": None} for pixels in digit_files.pixels]
    table = datasets.Dataset.from_dict({"image": pictures, "label": digit_files.labels})
    table = table.cast_column("image", datasets.Image())
    same_scores(dlc.score(table, "demo", out=tmp_path / "c", masks=2), digit_files)
    named = dlc.dataset_from(
        (digit_files.pixels, labels), classes=[f"digit {n}" for n in range(10)]
    )
    assert named.classes[3] == "digit 3"


def test_parts_keep_files_names_and_labels(digit_files: Files) -> None:
    folder = ImageFolder(str(digit_files.root), ToTensor())
    part = dlc.dataset_from(Subset(Subset(folder, range(0, 60, 2)), [3, 0, 7]))
    assert [sample.path for sample in part.samples] == [digit_files.paths[n] for n in (6, 0, 14)]
    assert part.classes == tuple(folder.classes)
    with pytest.raises(DLCError, match="takes a sample twice"):
        dlc.dataset_from(Subset(folder, [1, 1]))
    images = CIFAR10.__new__(CIFAR10)
    images.data = np.zeros((4, 8, 8, 3), np.uint8)
    images.targets, images.classes = [2, 0, 1, 2], ["cat", "dog", "frog"]
    images.transform = images.target_transform = None
    some = dlc.dataset_from(Subset(images, [0, 2, 3]))
    assert [some.classes[sample.class_id] for sample in some.samples] == ["frog", "dog", "frog"]
    images.target_transform = lambda label: 7 - label
    turned = dlc.dataset_from(Subset(images, [0, 2, 3]))
    assert [turned.classes[sample.class_id] for sample in turned.samples] == ["5", "6", "5"]


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Any:
        yield torch.zeros(1, 8, 8), 0


NUMBERS = torch.arange(12)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (TensorDataset(torch.randn(12, 3, 8, 8), NUMBERS), "before normalisation"),
        (TensorDataset(torch.rand(12, 3, 8, 8)), "expected a pair"),
        (TensorDataset(torch.rand(12, 3, 8, 8), torch.rand(12)), "expected one class an image"),
        (TensorDataset(torch.rand(12, 3, 8, 8), torch.rand(12, 4)), "expected one class an image"),
        (TensorDataset(torch.rand(0, 3, 8, 8), torch.rand(0)), "is empty"),
        (Stream(), "expected a path, a map-style torch Dataset"),
        (3, "got int; expected a path"),
        ((torch.rand(5, 8, 8), [0, 1]), "got 5 images and 2 labels"),
        ((torch.rand(5, 8, 8), 3), "expected a pair of sequences"),
        (DataLoader(TensorDataset(torch.rand(12, 3, 8, 8), NUMBERS),
                    sampler=WeightedRandomSampler([1.0] * 12, 5)), "WeightedRandomSampler"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored(data: Any, words: str) -> None:
    with pytest.raises(dlc.DLCError, match=words):
        dlc.dataset_from(data)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        )
        self.fc = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.fc(self.body(x))
        return found


def test_a_module_of_ones_own(digit_files: Files, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = Net().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    backbone = dlc.backbone_from(net, resize=16, crop=16, head="fc")
    assert [name for name, _ in backbone.maskable()] == ["body.0.weight"]
    run = dlc.score(digit_files.root, backbone, out=tmp_path / "run", masks=2)
    assert run.features.shape == (60, 8)
    assert net.training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert isinstance(net.fc, nn.Linear)
    whole = dlc.score(digit_files.root, net, out=tmp_path / "whole", masks=1)
    assert whole.features.shape == (60, 5)  # what it gives is taken, logits or not


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_modules_that_cannot_be_a_backbone() -> None:
    with pytest.raises(dlc.DLCError, match="has no part 'head'; it has body, fc"):
        dlc.backbone_from(Net(), head="head")
    with pytest.raises(dlc.DLCError, match="is compiled"):
        dlc.backbone_from(torch.compile(Net()))  # type: ignore[arg-type]
    with pytest.raises(dlc.DLCError, match="complex weights"):
        dlc.backbone_from(nn.Linear(3, 4, dtype=torch.complex64))
    with pytest.raises(dlc.DLCError, match=r"expected a torch.nn.Module"):
        dlc.backbone_from(3)  # type: ignore[arg-type]


def plain_net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def test_weights_that_are_computed_are_masked_too(digit_files: Files, tmp_path: Path) -> None:
    """A weight norm computes its weight at every call: a mask on what it gave would do nothing."""
    plain, normed = plain_net(), plain_net()
    normed[0] = nn.utils.parametrizations.weight_norm(normed[0])
    settings: dict[str, Any] = {"masks": 4, "interval": 0.3}
    runs = [
        dlc.score(
            digit_files.root, dlc.backbone_from(net, crop=16), out=tmp_path / name, **settings
        )
        for net, name in ((plain, "plain"), (normed, "normed"))
    ]
    np.testing.assert_allclose(runs[0].samples["score"], runs[1].samples["score"], rtol=1e-4)
    losses = np.load(runs[1].path / "losses.npy")
    assert np.abs(losses[0] - losses[-1]).max() > 1e-3
    assert hasattr(normed[0], "parametrizations")  # the module itself stays as it is


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_modules_that_cannot_be_copied() -> None:
    old = plain_net()
    old[0] = nn.utils.weight_norm(old[0])
    with pytest.raises(dlc.DLCError, match="cannot be copied"):
        dlc.backbone_from(old)
    with pytest.raises(dlc.DLCError, match="lazy layers"):
        dlc.backbone_from(nn.Sequential(nn.LazyConv2d(8, 3)))
    with pytest.raises(dlc.DLCError, match="meta device"):
        dlc.backbone_from(nn.Conv2d(3, 8, 3, device="meta"))


class Odd(nn.Module):
    def __init__(self, kind: torch.dtype) -> None:
        super().__init__()
        self.conv, self.kind = nn.Conv2d(3, 8, 3), kind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x).mean((2, 3)).to(self.kind)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [torch.complex64, torch.int64])
def test_features_are_floating_point(digit_files: Files, tmp_path: Path, kind: torch.dtype) -> None:
    with pytest.raises(dlc.DLCError, match="must return floating-point features"):
        dlc.score(digit_files.root, dlc.backbone_from(Odd(kind), crop=16), out=tmp_path / "run")


class Broken(torch.utils.data.Dataset[Any]):
    """One item cannot be had."""

    def __init__(self, *, targets: bool) -> None:
        if targets:
            self.targets = [0, 1] * 6

    def __len__(self) -> int:
        return 12

    def __getitem__(self, place: int) -> tuple[torch.Tensor, int]:
        if place == 3:
            raise KeyError("the archive has no such member")
        return torch.rand(3, 8, 8, dtype=torch.bfloat16), place % 2


def test_an_item_that_fails_is_a_fault_or_a_sentence() -> None:
    data = dlc.dataset_from(Broken(targets=True))
    assert data.read(data.samples[0]).size == (8, 8)
    with pytest.raises(UnreadableImage, match=r"item 3 cannot be had \(KeyError"):
        data.read(data.samples[3])
    with pytest.raises(dlc.DLCError, match=r"item 3 cannot be had"):
        dlc.dataset_from(Broken(targets=False))


@pytest.mark.parametrize("how", ["twice", "some", "batches"])
def test_loaders_that_take_a_part_are_refused(how: str) -> None:
    data = TensorDataset(torch.rand(12, 3, 8, 8), NUMBERS % 3)
    loader: DataLoader[Any] = {
        "twice": lambda: DataLoader(data, sampler=RandomSampler(data, replacement=True)),
        "some": lambda: DataLoader(data, sampler=RandomSampler(data, num_samples=5)),
        "batches": lambda: DataLoader(
            data, batch_sampler=BatchSampler(SubsetRandomSampler([1, 2, 3]), 2, drop_last=False)
        ),
    }[how]()
    with pytest.raises(dlc.DLCError, match="takes a part of its data or takes some twice"):
        dlc.dataset_from(loader)
    with pytest.raises(dlc.DLCError, match="two classes have the same name"):
        dlc.dataset_from(data, classes=["a", "a", "b"])


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_scripts_and_empty_names_are_sentences() -> None:
    with pytest.raises(dlc.DLCError, match="is TorchScript; give the module"):
        dlc.backbone_from(torch.jit.script(plain_net()))
    with pytest.raises(dlc.DLCError, match="name of the head is empty"):
        dlc.backbone_from(Net(), head="")
