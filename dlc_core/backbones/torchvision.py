"""Every torchvision classification model as a backbone, its head removed."""

from __future__ import annotations

import difflib
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.backbones.weights import load_encoder_state, read_state
from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    import torch
    from torch import nn

_AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")  # GoogLeNet's and Inception's training-only heads
_DOWNLOAD_TIMEOUT = 4.0  # seconds without an answer


def torchvision_names() -> list[str]:
    """Return the names of all classification models of the installed torchvision."""
    from torchvision import models

    return [str(name) for name in models.list_models(module=models)]


def load_torchvision(name: str, *, weights: str | None = None, download: bool = False) -> Backbone:
    """Load a torchvision classification model as a frozen encoder.

    The features are the input of the model's last classification layer (what torchvision pools,
    for all but a few families); SqueezeNet, whose head is a convolution, is pooled before it.

    Args:
        name: torchvision's name, such as "mobilenet_v2".
        weights: a .pth or .safetensors state dict; None takes torchvision's own ImageNet weights.
        download: whether torchvision may fetch its weights if they are not in its cache.

    Raises:
        DLCError: if the name is unknown, or the weights do not fit or are not to be had.
    """
    from torchvision import models

    if name not in torchvision_names():
        raise DLCError(_unknown(name))
    choice = _imagenet_weights(models.get_model_weights(name))
    model: nn.Module = models.get_model(name, weights=None, **_construction(name))
    head = _head_name(model)
    if weights is not None:
        state, source = read_state(weights), Path(weights).name
    else:
        state, source = _own_weights(name, choice, download=download), f"torchvision {choice.name}"
    load_encoder_state(
        model, _renamed(state), head=(f"{head}.", *_AUXILIARY), name=name, source=source
    )
    return Backbone(
        name=name,
        encoder=_encoder(model, head).eval().requires_grad_(False),
        preprocess=_preprocess(choice),
        weights=source,
        convolutions=not _is_plain_transformer(model),
    )


def _renamed(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    # DenseNet's published files carry names that its code no longer uses: norm.1 is norm1 today.
    old = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")
    return {old.sub(r"\1\2.", key): value for key, value in state.items()}


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, ["demo", *torchvision_names()], n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "see torchvision's model list."
    return (
        f"unknown backbone {name!r}; expected demo, a torchvision model, or timm:NAME "
        f"or hf:NAME, {hint}"
    )


def _construction(name: str) -> dict[str, Any]:
    # Auxiliary heads serve training only; the pre-trained inception transforms its input.
    if name in ("googlenet", "inception_v3"):
        return {"aux_logits": False, "transform_input": True, "init_weights": False}
    return {}


def _imagenet_weights(choices: Any) -> Any:
    members = {member.name: member for member in choices}
    return members.get("IMAGENET1K_V1") or next(iter(members.values()))


def _preprocess(choice: Any) -> Preprocess:
    preset = choice.transforms()
    return Preprocess(
        resize=preset.resize_size[0],
        crop=preset.crop_size[0],
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        interpolation=preset.interpolation.value,
    )


def _head_name(model: nn.Module) -> str:
    """Return the name of the last classification layer."""
    from torch import nn
    from torchvision.models import SqueezeNet

    if isinstance(model, SqueezeNet):
        return "classifier"
    linear = [str(n) for n, module in model.named_modules() if isinstance(module, nn.Linear)]
    return linear[-1]


def _encoder(model: nn.Module, head: str) -> nn.Module:
    from torch import nn
    from torchvision.models import SqueezeNet

    if isinstance(model, SqueezeNet):
        return nn.Sequential(model.features, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    parent, _, last = head.rpartition(".")
    setattr(model.get_submodule(parent), last, nn.Identity())
    return model


def _is_plain_transformer(model: nn.Module) -> bool:
    from torchvision.models import SwinTransformer, VisionTransformer

    return isinstance(model, VisionTransformer | SwinTransformer)


def _own_weights(name: str, choice: Any, *, download: bool) -> dict[str, torch.Tensor]:
    import torch

    file_name = str(choice.url).rsplit("/", 1)[1]
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    if not (folder / file_name).is_file() and not download:
        raise DLCError(
            f"the weights of {name} are not on this machine: allow the download (--download), or "
            f"put {file_name} into {folder}, or name a file with --weights."
        )
    previous = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_DOWNLOAD_TIMEOUT)  # torchvision's download has none of its own
    try:
        return dict(choice.get_state_dict(progress=False, check_hash=True))
    except (OSError, RuntimeError) as error:
        raise DLCError(
            f"could not download the weights of {name} ({reason_of(error)}): fetch {choice.url} "
            f"elsewhere and put it into {folder}, or name a file with --weights."
        ) from error
    finally:
        socket.setdefaulttimeout(previous)
