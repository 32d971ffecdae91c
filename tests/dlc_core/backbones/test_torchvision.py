"""Real architectures with random weights: structure is tested, not knowledge."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from dlc_core.backbones import COMMON_BACKBONES, load_backbone
from dlc_core.backbones.torchvision import torchvision_names
from dlc_core.errors import DLCError
from dlc_core.masking.weight_masks import maskable_parameters


def weights_file(name: str, folder: Path) -> tuple[Path, nn.Module]:
    torch.manual_seed(0)
    extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model = models.get_model(name, weights=None, **extra).eval()
    file = folder / f"{name}.pth"
    torch.save(model.state_dict(), file)
    return file, model


# name, size of the feature, the layer whose input it is
FAMILIES = [
    ("resnet18", 512, "fc"),
    ("resnet50", 2048, "fc"),
    ("regnet_y_400mf", 440, "fc"),
    ("mobilenet_v2", 1280, "classifier.1"),
    ("mobilenet_v3_small", 1024, "classifier.3"),
    ("squeezenet1_1", 512, None),
    ("convnext_tiny", 768, "classifier.2"),
    ("vit_b_16", 768, "heads.head"),
    ("swin_t", 768, "head"),
    ("densenet121", 1024, "classifier"),
    ("efficientnet_b0", 1280, "classifier.1"),
    ("googlenet", 1024, "fc"),
    ("mnasnet0_5", 1280, "classifier.1"),
]


@pytest.mark.parametrize(("name", "size", "head"), FAMILIES)
def test_features_are_the_models_own_pre_logits(
    name: str, size: int, head: str | None, tmp_path: Path
) -> None:
    file, model = weights_file(name, tmp_path)
    backbone = load_backbone(name, weights=str(file))
    images = torch.rand(2, 3, 224, 224)
    seen: list[torch.Tensor] = []
    if head is None:  # SqueezeNet: what its last convolution sees, pooled
        model.get_submodule("features").register_forward_hook(
            lambda _module, _inputs, output: seen.append(output.mean(dim=(2, 3)))
        )
    else:
        model.get_submodule(head).register_forward_pre_hook(
            lambda _module, inputs: seen.append(inputs[0])
        )
    with torch.no_grad():
        model(images)
        features = backbone.encoder(images)
    assert features.shape == (2, size)
    torch.testing.assert_close(features, seen[0])
    names = [parameter for parameter, _ in maskable_parameters(backbone.encoder)]
    assert head is None or not any(parameter.startswith(f"{head}.") for parameter in names)


@pytest.mark.parametrize("name", ["vit_b_32", "swin_t"])
def test_transformers_mask_linear_and_in_projections_only(name: str, tmp_path: Path) -> None:
    backbone = load_backbone(name, weights=str(weights_file(name, tmp_path)[0]))
    names = [
        n for n, _ in maskable_parameters(backbone.encoder, convolutions=backbone.convolutions)
    ]
    assert not backbone.convolutions
    assert not any("conv_proj" in n or n == "features.0.0.weight" for n in names)
    wanted = "in_proj_weight" if name == "vit_b_32" else "attn.qkv.weight"
    assert any(n.endswith(wanted) for n in names)


def test_squeezenets_head_is_not_maskable(tmp_path: Path) -> None:
    backbone = load_backbone(
        "squeezenet1_1", weights=str(weights_file("squeezenet1_1", tmp_path)[0])
    )
    shapes = [tuple(weight.shape) for _, weight in maskable_parameters(backbone.encoder)]
    assert (1000, 512, 1, 1) not in shapes
    assert len(shapes) == 25


SIZES = [(300, 200), (200, 300), (224, 224), (100, 90), (2000, 300)]


@pytest.mark.parametrize("name", ["mobilenet_v2", "vit_b_32", "swin_t"])
def test_preprocessing_is_torchvisions_bit_for_bit(name: str, tmp_path: Path) -> None:
    preset = models.get_model_weights(name)["IMAGENET1K_V1"].transforms()
    backbone = load_backbone(name, weights=str(weights_file(name, tmp_path)[0]))
    rng = np.random.default_rng(0)
    for size, mode in itertools.product(SIZES, ("RGB", "L")):
        shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
        image = Image.fromarray(rng.integers(0, 255, shape, np.uint8))
        pixels = torch.from_numpy(backbone.images().pixels(image))[None]
        assert torch.equal(backbone.images().model_input(pixels)[0], preset(image.convert("RGB")))


def test_very_long_images_stay_small(tmp_path: Path) -> None:
    backbone = load_backbone("mobilenet_v2", weights=str(weights_file("mobilenet_v2", tmp_path)[0]))
    pixels = backbone.images().pixels(Image.new("L", (20_000, 2), 77))
    assert pixels.shape == (224, 224, 3)
    assert (pixels == 77).all()


def test_a_fine_tuned_head_and_safetensors_are_taken(tmp_path: Path) -> None:
    file, model = weights_file("resnet18", tmp_path)
    state = {f"module.{k}": v for k, v in model.state_dict().items() if not k.startswith("fc.")}
    state["module.fc.weight"], state["module.fc.bias"] = torch.zeros(7, 512), torch.zeros(7)
    save_file(state, tmp_path / "tuned.safetensors")
    torch.save({"epoch": 3, "state_dict": state}, tmp_path / "wrapped.pth")
    digests = {
        load_backbone("resnet18", weights=str(path)).digest()
        for path in (file, tmp_path / "tuned.safetensors", tmp_path / "wrapped.pth")
    }
    assert len(digests) == 1


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    file, _ = weights_file("squeezenet1_1", tmp_path)
    with pytest.raises(DLCError, match=r"are not those of resnet18: of \d+ tensors \d+ missing"):
        load_backbone("resnet18", weights=str(file))
    for name, content, words in (
        ("none.pth", None, "no such weights file"),
        ("junk.pth", b"junk", "cannot read|refused"),
        ("junk.safetensors", b"junk", "cannot read"),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(DLCError, match=words):
            load_backbone("resnet18", weights=str(path))


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "module.pth")
    with pytest.raises(DLCError, match="refused"):
        load_backbone("resnet18", weights=str(tmp_path / "module.pth"))


def test_unknown_names_and_missing_weights_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DLCError, match=r"unknown backbone 'resnet19'.*did you mean resnet18"):
        load_backbone("resnet19")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(
        DLCError, match=r"put resnet18-\w+.pth into .*or name a file with --weights"
    ):
        load_backbone("resnet18")


def test_torchvisions_own_cache_is_used_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = models.get_model_weights("squeezenet1_1")["IMAGENET1K_V1"]
    file, _ = weights_file("squeezenet1_1", tmp_path)
    (tmp_path / "checkpoints").mkdir()
    file.rename(tmp_path / "checkpoints" / choice.url.rsplit("/", 1)[1])
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert load_backbone("squeezenet1_1").weights == "torchvision IMAGENET1K_V1"


def test_a_download_that_fails_names_the_file_and_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr("urllib.request._opener", None)  # it keeps the proxy it first saw
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(DLCError, match=r"could not download the weights of resnet18.*put it into"):
        load_backbone("resnet18", download=True)


def test_every_suggested_backbone_is_real() -> None:
    import timm

    bare = {name for name in COMMON_BACKBONES if ":" not in name}
    assert bare - {"demo"} <= set(torchvision_names())
    of_timm = [name.removeprefix("timm:") for name in COMMON_BACKBONES if name.startswith("timm:")]
    assert of_timm
    assert all(timm.is_model_pretrained(name) for name in of_timm)
