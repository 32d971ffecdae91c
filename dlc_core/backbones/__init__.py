"""Backbones: frozen pre-trained encoders by name, each with its own preprocessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.demo import load_demo
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.backbones.torchvision import load_torchvision

__all__ = ["BACKBONES", "COMMON_BACKBONES", "Backbone", "Preprocess", "load_backbone"]


@dataclass(frozen=True)
class Loader:
    """One source of backbones: what it is and how one is loaded by name."""

    description: str
    load: Callable[..., Backbone]


BACKBONES: dict[str, Loader] = {
    "demo": Loader("a small CNN trained on printed glyphs, bundled", load_demo),
    "torchvision": Loader(
        "any torchvision classification model by its name, such as mobilenet_v2", load_torchvision
    ),
}

# What the dashboard suggests without importing torchvision; any other name may be typed.
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
}


def load_backbone(
    name: str,
    *,
    weights: str | None = None,
    resize: int | None = None,
    crop: int | None = None,
    download: bool = False,
) -> Backbone:
    """Load a frozen encoder by name.

    Args:
        name: "demo" or any torchvision classification model.
        weights: a .pth (state dict) or .safetensors file instead of the model's own weights.
        resize, crop: override the preprocessing, in pixels.
        download: whether torchvision may fetch its own weights.

    Returns:
        The backbone, in evaluation mode, on the CPU.

    Raises:
        DLCError: if the name is unknown or the weights do not fit or are not to be had.
    """
    loader = BACKBONES.get(name, BACKBONES["torchvision"])
    backbone = loader.load(name, weights=weights, download=download)
    if resize is None and crop is None:
        return backbone
    preprocess = replace(
        backbone.preprocess,
        resize=resize if resize is not None else backbone.preprocess.resize,
        crop=crop if crop is not None else backbone.preprocess.crop,
    )
    return replace(backbone, preprocess=preprocess)
