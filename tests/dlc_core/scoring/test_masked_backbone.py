from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from dlc_core.backbones import Backbone, Preprocess
from dlc_core.backbones.devices import repeatable
from dlc_core.backbones.faster_encoder import deploy
from dlc_core.errors import DLCError
from dlc_core.masking.weight_masks import maskable_parameters
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.settings import ScoreSettings

SETTINGS = ScoreSettings(masks=4, interval=0.3)


def backbone(encoder: nn.Module, side: int = 8) -> Backbone:
    return Backbone("net", encoder.eval().requires_grad_(False), Preprocess(side, side), "random")


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )


def some_pixels(count: int = 20, side: int = 8) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3)).astype(np.uint8)


def all_features(encoder: MaskedBackbone, pixels: NDArray[np.uint8], size: int) -> np.ndarray:
    rows = [slice(start, start + size) for start in range(0, len(pixels), size)]
    found = list(encoder.outputs((part, pixels[part]) for part in rows))
    assert [part for part, _ in found] == rows
    return np.concatenate([features for _, features in found])


def test_features_under_a_mask_are_those_of_the_masked_original() -> None:
    plain = backbone(network())
    before = plain.digest()
    encoder = MaskedBackbone(plain, SETTINGS, device="cpu")
    assert (encoder.folded, encoder.dimension) == (1, 6)
    pixels = some_pixels()
    images = plain.preprocess.model_input(torch.from_numpy(pixels))
    (name, weight), *_ = maskable_parameters(plain.encoder)
    for mask in (3, 0, 2):
        encoder.apply(mask)
        found = all_features(encoder, pixels, 5)
        masked = network().eval()
        order = weight.abs().flatten().argsort()[: int(encoder.schedule.counts[mask])]
        with torch.no_grad():
            masked.get_parameter(name).view(-1)[order] = 0
            np.testing.assert_allclose(found, masked(images).numpy(), rtol=1e-4, atol=1e-6)
    assert plain.digest() == before


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_batches_in_flight_come_back_in_order(ahead: int) -> None:
    encoder = MaskedBackbone(backbone(network()), SETTINGS, device="cpu")
    expected = all_features(encoder, some_pixels(), 4)
    encoder.ahead = ahead
    np.testing.assert_array_equal(all_features(encoder, some_pixels(), 4), expected)


class Hungry(nn.Module):
    """Runs out of memory above a number of images."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.linear = most, nn.Linear(3 * 64, 5)
        self.sizes: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(x))
        if len(x) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.linear(x.flatten(1))  # type: ignore[no-any-return]


def test_out_of_memory_halves_the_batch_and_goes_on() -> None:
    encoder = MaskedBackbone(backbone(Hungry(3)), SETTINGS, device="cpu")
    found = all_features(encoder, some_pixels(), 20)
    assert encoder.limit == 2
    roomy = MaskedBackbone(backbone(Hungry(99)), SETTINGS, device="cpu")
    roomy.encoder.load_state_dict(encoder.encoder.state_dict())
    np.testing.assert_allclose(found, all_features(roomy, some_pixels(), 20), rtol=1e-5, atol=1e-6)


def test_one_image_too_many_is_one_sentence() -> None:
    encoder = MaskedBackbone(backbone(Hungry(2)), SETTINGS, device="cpu")
    encoder.encoder.get_submodule("").most = 0  # type: ignore[assignment]
    with pytest.raises(DLCError, match="one sample does not fit the memory of cpu"):
        all_features(encoder, some_pixels(), 20)


class Viewing(nn.Module):
    """Its view works on one memory layout only, as code in the wild does."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.linear = nn.Conv2d(3, 4, 3), nn.Linear(4 * 36, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        return self.linear(y.view(len(y), -1))  # type: ignore[no-any-return]


def test_a_network_that_wants_its_layout_keeps_it() -> None:
    torch.manual_seed(0)
    plain = backbone(Viewing())
    encoder = MaskedBackbone(plain, SETTINGS, device="cpu")
    pixels = some_pixels()
    images = plain.preprocess.model_input(torch.from_numpy(pixels)).contiguous()
    with torch.no_grad():
        expected = plain.encoder(images).numpy()
    np.testing.assert_allclose(all_features(encoder, pixels, 7), expected, rtol=1e-4, atol=1e-5)


def test_features_must_be_one_vector_per_image() -> None:
    with pytest.raises(DLCError, match=r"one feature vector per image, \(N, D\), got"):
        MaskedBackbone(backbone(nn.Conv2d(3, 4, 3)), SETTINGS, device="cpu")


def test_zeros_are_counted_and_masks_of_zeros_are_known() -> None:
    model = network()
    with torch.no_grad():
        model.get_parameter("0.weight")[:4] = 0.0  # 108 of 162 weights
    encoder = MaskedBackbone(backbone(model), SETTINGS, device="cpu")
    assert encoder.schedule.counts.tolist() == [0, 49, 83, 107]
    assert encoder.zeros == 108
    assert encoder.changed.tolist() == [0, 0, 0, 0]


def test_bfloat16_is_near() -> None:
    exact = MaskedBackbone(backbone(network()), SETTINGS, device="cpu")
    rough = MaskedBackbone(
        backbone(network()), ScoreSettings(masks=4, precision="bfloat16"), device="cpu"
    )
    expected, found = (all_features(e, some_pixels(), 20) for e in (exact, rough))
    assert found.dtype == np.float32
    assert 0 < np.abs(found - expected).max() < 0.05 * np.abs(expected).max()


def test_switches_of_the_libraries_are_put_back() -> None:
    before = torch.backends.cudnn.deterministic, torch.backends.cuda.matmul.allow_tf32
    with repeatable("exact"):
        assert torch.backends.cudnn.deterministic
        assert not torch.backends.cuda.matmul.allow_tf32
    with repeatable("fast"):
        assert torch.backends.cuda.matmul.allow_tf32
    assert (torch.backends.cudnn.deterministic, torch.backends.cuda.matmul.allow_tf32) == before


class Wants(nn.Module):
    """A model that needs more than images, as SigLIP 2's NaFlex towers do."""

    def forward(self, pixels: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return pixels.mean((2, 3)) * mask


def test_a_model_that_wants_more_than_images_is_refused() -> None:
    preprocess = Preprocess(resize=8, crop=8)
    backbone = Backbone("odd", Wants(), preprocess, "none")
    with pytest.raises(DLCError, match=r"odd cannot be called with images alone .*'mask'"):
        deploy(backbone, "cpu")


class Squeezed(nn.Module):
    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.mean((2, 3)).squeeze()


def test_features_depend_on_the_image_alone() -> None:
    preprocess = Preprocess(resize=8, crop=8)
    together = nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.BatchNorm2d(6, track_running_stats=False),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    with pytest.raises(DLCError, match="depend on the others in its batch"):
        deploy(Backbone("bn", together.eval(), preprocess, "none"), "cpu")
    with pytest.raises(DLCError, match=r"for one image and .* for two; expected a vector for each"):
        deploy(Backbone("squeezed", Squeezed(), preprocess, "none"), "cpu")


class Standardised(nn.Conv2d):
    """What a mask zeroes becomes something else, as in BiT and NFNet."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        centred = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        found: torch.Tensor = self._conv_forward(input, centred / (centred.std() + 1e-6), self.bias)
        return found


class Padded(nn.Conv2d):
    """A layer of one's own that uses its weights as they are."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(nn.functional.pad(input, (1, 1, 1, 1)))


def test_layers_that_standardise_their_weights_are_refused() -> None:
    with pytest.raises(DLCError, match=r"layers \(Standardised\) that standardise their weights"):
        maskable_parameters(nn.Sequential(Standardised(3, 4, 3)))
    layers = (Padded(3, 4, 3, dilation=2), Padded(4, 4, 3, groups=4), nn.Conv2d(4, 4, 1))
    assert len(maskable_parameters(nn.Sequential(*layers))) == 3


class Nothing(nn.Module):
    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.new_zeros(len(pixels), 0)


def test_features_without_a_number_are_refused() -> None:
    with pytest.raises(DLCError, match="vectors without a single number"):
        deploy(Backbone("none", Nothing(), Preprocess(resize=8, crop=8), "none"), "cpu")


class Half(nn.Module):
    """A layer that is known, and a matrix that is in no layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.own = nn.Conv2d(3, 8, 3), nn.Parameter(torch.ones(8, 27))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.conv(pixels).mean((2, 3)) @ self.own  # type: ignore[no-any-return]


def test_the_share_of_weights_out_of_reach() -> None:
    assert MaskedBackbone(backbone(network()), SETTINGS, device="cpu").out_of_reach == 0
    assert MaskedBackbone(backbone(Half()), SETTINGS, device="cpu").out_of_reach == 0.5
