"""Backbones: frozen pre-trained encoders by name, each with its own preprocessing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.backbones.registry import BACKBONES, Loader, absolute_name, find_loader, model_path
from dlc_core.data_roots import require_model, typed_path
from dlc_core.errors import DLCError

__all__ = [
    "BACKBONES",
    "COMMON_BACKBONES",
    "Backbone",
    "Loader",
    "Preprocess",
    "absolute_name",
    "find_loader",
    "load_backbone",
    "model_path",
]

# What the dashboard suggests without importing torch; any other name may be typed.
COMMON_BACKBONES: dict[str, str] = {
    "demo": "bundled, for the digits: 32 px, trained on printed glyphs",
    "mobilenet_v2": "3.5 M parameters: quick on a CPU",
    "resnet18": "11.7 M parameters: a sound default",
    "resnet50": "25.6 M parameters: the paper's size; better on a GPU",
    "efficientnet_b0": "5.3 M parameters",
    "convnext_tiny": "28.6 M parameters, modern CNN",
    "squeezenet1_0": "1.2 M parameters: tiny",
    "mobilenet_v3_small": "2.5 M parameters: the quickest at 224 px",
    "vit_b_16": "86.6 M parameters, transformer; better on a GPU",
    "swin_t": "28.3 M parameters, transformer",
    "timm:vit_small_patch16_224": "22 M parameters, transformer; needs timm",
    "timm:convnext_nano": "15.6 M parameters, modern CNN; needs timm",
    "hf:facebook/dinov2-small": "22 M parameters, self-supervised transformer; needs transformers",
    "hf:openai/clip-vit-base-patch32": "CLIP's image tower, 87 M parameters; needs transformers",
}


def load_backbone(
    name: str,
    *,
    weights: str | None = None,
    resize: int | None = None,
    crop: int | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    download: bool = False,
) -> Backbone:
    """Load a frozen encoder by name.

    Args:
        name: "demo", a torchvision classification model, or LOADER:NAME (BACKBONES).
        weights: a .pth (state dict) or .safetensors file instead of the model's own weights.
        resize, crop: override the preprocessing, in pixels.
        mean, std: override it, one number for each of red, green and blue, for pixels in [0, 1].
        download: whether the library may fetch the model's own weights.

    Returns:
        The backbone, in evaluation mode, on the CPU.

    Raises:
        DLCError: if the name is unknown, the weights do not fit or are not to be had, or a file may
            not be read.
    """
    loader, rest, prefix = find_loader(name)
    for path in (model_path(loader, rest), None if weights is None else typed_path(weights)):
        if path is not None:
            require_model(path)
    backbone = loader.load(rest, weights=weights, download=download)
    if prefix:
        backbone = replace(backbone, name=prefix + rest)
    given: dict[str, Any] = {
        key: value
        for key, value in (("resize", resize), ("crop", crop), ("mean", mean), ("std", std))
        if value is not None
    }
    if not given:
        return backbone
    own = backbone.preprocess
    if not isinstance(own, Preprocess):
        raise DLCError(f"{name} has no use for --{next(iter(given))}; leave it out.")
    if own.squash and "resize" not in given and crop is not None:
        given["resize"] = crop
    for key in ("mean", "std"):
        if key in given:
            given[key] = tuple(float(value) for value in given[key])
    return replace(backbone, preprocess=replace(own, **given))
