from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torchvision import models

from dlc_core.backbones.batchnorm_folding import fold, foldable


def seasoned(model: nn.Module) -> nn.Module:
    """A network in evaluation mode whose batch norms are not the identity."""
    torch.manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return model.eval().requires_grad_(False)


@pytest.mark.parametrize(
    ("name", "pairs"),
    [("mobilenet_v2", 52), ("resnet18", 20), ("densenet121", 59), ("squeezenet1_1", 0)],
)
def test_folded_networks_compute_the_same(name: str, pairs: int) -> None:
    model = seasoned(models.get_model(name, weights=None))
    images = torch.randn(2, 3, 96, 96)
    expected = model(images)
    found = foldable(model)
    assert len(found) == pairs
    fold(model, found)
    torch.testing.assert_close(model(images), expected, rtol=1e-4, atol=1e-4)


def test_a_masked_weight_folds_into_a_masked_folded_weight() -> None:
    torch.manual_seed(0)
    model = seasoned(nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5)))
    convolution = model.get_submodule("0")
    assert isinstance(convolution, nn.Conv2d)
    keep = (torch.rand_like(convolution.weight) > 0.4).float()
    masked = copy.deepcopy(model)
    masked.get_parameter("0.weight").mul_(keep)
    for network in (model, masked):
        fold(network, foldable(network))
    assert torch.equal(masked.get_parameter("0.weight"), model.get_parameter("0.weight") * keep)
    assert torch.equal(masked.get_parameter("0.bias"), model.get_parameter("0.bias"))


class Branching(nn.Module):
    """The convolution's output goes to the norm and past it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        return y + self.norm(y)  # type: ignore[no-any-return]


class Twice(Branching):
    """One norm behind two calls of one convolution."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(x)) + self.norm(self.conv(2 * x))  # type: ignore[no-any-return]


class Deciding(Branching):
    """Python looks at values, so that the calls cannot be traced."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(x)) if x.sum() > 0 else x


def test_what_cannot_be_folded_is_left_alone() -> None:
    for network in (Branching(), Twice(), Deciding()):
        assert foldable(network.eval()) == []
    training = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    assert foldable(training.train()) == []
    stateless = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4, track_running_stats=False))
    assert foldable(stateless.eval()) == []
    shared = nn.Sequential(
        nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)
    ).eval()
    first, second = shared[0], shared[2]
    assert isinstance(first, nn.Conv2d)
    assert isinstance(second, nn.Conv2d)
    second.weight = first.weight
    assert foldable(shared) == []
