"""Sources of backbones: which loader takes what a person typed. Packages may add their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.demo import load_demo
from dlc_core.backbones.exported import load_exported
from dlc_core.backbones.huggingface import load_huggingface
from dlc_core.backbones.timm_models import load_timm
from dlc_core.backbones.torchvision import load_torchvision
from dlc_core.data_roots import typed_path
from dlc_core.plugins import load_plugin, plugin_names

GROUP = "dlc.backbones"  # entry points of other packages


@dataclass(frozen=True)
class Loader:
    """One source of backbones.

    Attributes:
        description: in one line, what it loads.
        load: load(name, weights=FILE or None, download=whether it may fetch) -> Backbone; the name
            comes without "LOADER:" in front.
        example: what a person might type.
        paths: whether the name may be a path of this machine.
        program: whether what it loads says itself what is computed.
    """

    description: str
    load: Callable[..., Backbone]
    example: str = ""
    paths: bool = False
    program: bool = False


# A name without "LOADER:" in front is demo, or torchvision's.
BACKBONES: dict[str, Loader] = {
    "demo": Loader("a small CNN trained on printed glyphs, bundled", load_demo, "demo"),
    "torchvision": Loader(
        "any torchvision classification model by its name", load_torchvision, "mobilenet_v2"
    ),
    "timm": Loader(
        'any timm model with its own preprocessing (pip install "dlc-dashboard[timm]")',
        load_timm,
        "timm:vit_small_patch16_224",
    ),
    "hf": Loader(
        "a Hugging Face vision model, by name or folder: DINOv2, CLIP, SigLIP, ViT, ConvNeXt … "
        '(pip install "dlc-dashboard[transformers]")',
        load_huggingface,
        "hf:facebook/dinov2-small",
        paths=True,
    ),
    "export": Loader(
        "an encoder of your own, saved by torch.export.save, with --resize and --crop",
        load_exported,
        "export:encoder.pt2",
        paths=True,
        program=True,
    ),
}


def loader_names() -> list[str]:
    """Return the names of all loaders, those of other packages included."""
    return [*BACKBONES, *(name for name in plugin_names(GROUP) if name not in BACKBONES)]


def find_loader(name: str) -> tuple[Loader, str, str]:
    """Return who loads what was typed: the loader, the name for it, and the prefix before that.

    Raises:
        DLCError: if it is a broken plug-in.
    """
    prefix, colon, rest = name.partition(":")
    if colon and prefix in loader_names():
        own = BACKBONES.get(prefix)
        return own or load_plugin(GROUP, prefix, Loader), rest, f"{prefix}:"
    if name == "demo":
        return BACKBONES["demo"], name, ""
    return BACKBONES["torchvision"], name, ""


def model_path(loader: Loader, rest: str) -> Path | None:
    """Return the path of this machine that a name for a loader is; None if it is no path."""
    if not loader.paths:
        return None
    path = typed_path(rest)
    return path if rest.startswith((".", "/", "~")) or path.exists() else None


def absolute_name(name: str) -> str:
    """Return a backbone's name with a path of this machine in full."""
    loader, rest, prefix = find_loader(name)
    path = model_path(loader, rest)
    return name if path is None or not path.exists() else f"{prefix}{path.absolute()}"
