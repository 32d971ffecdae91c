"""Any timm model as a backbone, with its own data configuration."""

from __future__ import annotations

import difflib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.preprocess import Preprocess
from dlc_core.backbones.weights import load_encoder_state, read_state
from dlc_core.errors import DLCError, reason_of
from dlc_core.hub import fetch_from_hub, require_hub

if TYPE_CHECKING:
    from torch import nn

_FILE = "model.safetensors"
_COLOURS = 3  # channels of what looks at the image itself


def load_timm(name: str, *, weights: str | None = None, download: bool = False) -> Backbone:
    """Load a timm model as a frozen encoder.

    The features are what timm pools before its classifier: forward_head(…, pre_logits=True). The
    preprocessing is the model's own data configuration.

    Args:
        name: timm's name, with or without the tag of its weights, such as "convnext_nano.in12k".
        weights: a .pth or .safetensors state dict of this architecture; None takes timm's own.
        download: whether they may be fetched if they are not in the cache.

    Raises:
        DLCError: if timm or the name is missing, or the weights do not fit or are not to be had.
    """
    if weights is None and download and not _cached(name):
        require_hub(f"the weights of timm:{name}")  # before seconds go by in imports
    timm = _timm()
    if not timm.is_model(name.partition(".")[0]):
        close = difflib.get_close_matches(name, timm.list_models(), n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "see timm.list_models()."
        raise DLCError(f"timm has no model {name!r}; {hint}")
    try:
        if weights is not None:
            model: nn.Module = timm.create_model(name, pretrained=False, num_classes=0)
            whole = timm.create_model(name, pretrained=False)
            # Heads of more than a layer (LeViT's has a norm) lose all of it with num_classes=0.
            gone = whole.state_dict().keys() - model.state_dict().keys()
            head = (*(f"{key}." for key in _heads(whole)), *sorted(gone))
            load_encoder_state(
                model,
                read_state(weights),
                head=head,
                name=f"timm:{name}",
                source=Path(weights).name,
            )
            source = Path(weights).name
        else:
            config = timm.get_pretrained_cfg(name)
            file, source = _own_weights(name, config, download=download)
            # With its head timm takes only weights that fit; without it, whatever there is.
            whole = timm.create_model(
                name, pretrained=True, pretrained_cfg_overlay={"file": str(file)}
            ).state_dict()
            model = timm.create_model(name, pretrained=False, num_classes=0)
            model.load_state_dict({key: whole[key] for key in model.state_dict()})
    except DLCError:
        raise
    except Exception as error:  # weights that do not fit, damaged files, odd names
        raise DLCError(f"timm cannot make {name}: {reason_of(error)}.") from error
    return Backbone(
        name=f"timm:{name}",
        encoder=model.eval().requires_grad_(False),
        preprocess=_preprocess(timm.data.resolve_model_data_config(model)),
        weights=source,
        convolutions=not only_patches(model),
        pooling="timm's own, before the classifier",
    )


def only_patches(model: nn.Module) -> bool:
    """Whether a model's only convolutions make patches: then it is a plain transformer."""
    from torch import nn

    found = [(n, module) for n, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    return bool(found) and all(
        module.in_channels == _COLOURS and ("patch_embed" in name or _side_by_side(module))
        for name, module in found
    )


def _side_by_side(convolution: nn.Conv2d) -> bool:
    """Whether its windows lie side by side, as patches do."""
    return max(convolution.kernel_size) > 1 and convolution.kernel_size == convolution.stride


def _timm() -> Any:
    try:
        import timm
    except ImportError as error:
        raise DLCError(
            'backbones of timm need its package: pip install "dlc-dashboard[timm]".'
        ) from error
    return timm


def _cached(name: str) -> bool:
    """Whether the hub's cache has weights of a model, of whatever tag."""
    try:
        from huggingface_hub import constants
    except ImportError:
        return True  # timm's absence is told by another sentence
    return any(Path(constants.HF_HUB_CACHE).glob(f"models--timm--{name.partition('.')[0]}*"))


def _heads(model: Any) -> list[str]:
    """Return the names of a model's classifiers."""
    named = getattr(model, "pretrained_cfg", {}).get("classifier") or ()
    return [named] if isinstance(named, str) else list(named)


def _own_weights(name: str, config: Any, *, download: bool) -> tuple[Path, str]:
    if config is None or not config.hf_hub_id:
        raise DLCError(f"timm has no weights of {name} on the hub; name a file with --weights.")
    repository = str(config.hf_hub_id)
    if repository.endswith("/"):
        tag = f".{config.tag}" if config.tag else ""
        repository = f"{repository}{name.partition('.')[0]}{tag}"
    return fetch_from_hub(repository, _FILE, of=f"timm:{name}", download=download), repository


def _preprocess(config: dict[str, Any]) -> Preprocess:
    """Return timm's evaluation transform: resize to floor(crop / crop_pct), centre crop."""
    height, width = (int(side) for side in config["input_size"][-2:])
    mode = config.get("crop_mode") or "center"
    if height != width or mode not in ("center", "squash"):
        raise DLCError(
            f"timm's model wants images of {width} x {height} pixels, crop mode {mode!r}; only "
            "squares, cropped in the centre or squashed, are made here."
        )
    crop, squash = width, mode == "squash"
    return Preprocess(
        resize=crop if squash else math.floor(crop / float(config["crop_pct"])),
        crop=crop,
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        interpolation=config["interpolation"] if config["interpolation"] != "random" else "bicubic",
        squash=squash,
    )
