"""Hugging Face vision models as backbones: DINOv2, CLIP and SigLIP image towers, ViT, ConvNeXt …"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlc_core.backbones.backbone import Backbone
from dlc_core.backbones.huggingface_files import ModelFiles
from dlc_core.backbones.timm_models import only_patches
from dlc_core.backbones.weights import read_state
from dlc_core.errors import DLCError, reason_of

if TYPE_CHECKING:
    from torch import nn

_CLS = "class token"
_POOLER = "the model's pooler; without one, the mean over tokens or places"
# Their pooler is a layer that fine-tuning makes: without it, the class token is the feature.
_CLASS_TOKEN = ("vit", "deit", "vit_msn")
# What a configuration may ask of the library: other files, or code of the hub.
_ASKING = ("transformers_weights", "attn_implementation", "_attn_implementation",
           "experts_implementation")  # fmt: skip
# In files of older versions, or for training on masked images alone: no feature needs them.
_ASKED = ("vit", "deit", "data2vec-vision")  # whose library's models take add_pooling_layer
_BUFFERS = re.compile(
    r"(^|\.)(position_ids|relative_position_index|relative_coords_table|num_batches_tracked"
    r"|mask_token)$"
)


def load_huggingface(name: str, *, weights: str | None = None, download: bool = False) -> Backbone:
    """Load a vision model of the transformers library as a frozen encoder.

    The feature is the model's pooler output (DINOv2: the normed class token; CLIP: the same before
    the projection; SigLIP: its attention pooling; CNNs: the mean over places); for ViT and DeiT the
    normed class token. No code of the repository is ever run, and only safetensors are read.

    Args:
        name: a folder with config.json and model.safetensors, or a name on the hub.
        weights: a state dict for the same configuration instead of the model's own.
        download: whether the hub may be asked.

    Raises:
        DLCError: if something is missing, or the weights do not fit.
    """
    files = ModelFiles(name, download)
    _require_library()
    files.get("config.json")  # before seconds go by in imports
    transformers = _transformers()
    config = _config(transformers, files)
    kind = str(config.model_type)
    model, pooling = _model(transformers, config, kind)
    path = Path(weights) if weights else files.weights()
    model = _loaded(transformers, model, path, weights, name)
    return Backbone(
        name=f"hf:{name}",
        encoder=_pooled(model, pooling).eval().requires_grad_(False),
        preprocess=files.preprocess(transformers),
        weights=path.name if weights else name,
        convolutions=not only_patches(model) and not _is_transformer(model),
        pooling=pooling,
    )


def _require_library() -> None:
    if importlib.util.find_spec("transformers") is None:
        raise DLCError('backbones of Hugging Face need: pip install "dlc-dashboard[transformers]".')


def _transformers() -> Any:
    import transformers

    return transformers


def _config(transformers: Any, files: ModelFiles) -> Any:
    path = files.get("config.json")
    try:
        known = _unasked(json.loads(path.read_text(encoding="utf-8")))
        if "architecture" in known and "model_type" not in known:
            raise DLCError(
                f"hf:{files.name} is a model of timm; name it timm:{known['architecture']}, with "
                "--weights FILE if its weights are in a folder."
            )
        config = transformers.AutoConfig.for_model(known.pop("model_type"), **known)
    except DLCError:
        raise
    except Exception as error:  # the library checks values in many ways
        reason = reason_of(error)
        raise DLCError(
            f"config.json of {files.name} is of no model that the installed transformers knows "
            f"({reason})."
        ) from error
    if getattr(config, "quantization_config", None):
        raise DLCError(
            f"hf:{files.name} is quantised, so its weights have no order of size; use the model "
            "that it was made of."
        )
    return getattr(config, "vision_config", config)


def _unasked(values: Any) -> Any:
    """Return a configuration without what would read other files or run code."""
    if not isinstance(values, dict):
        return values
    return {key: _unasked(value) for key, value in values.items() if key not in _ASKING}


def _model(transformers: Any, config: Any, kind: str) -> tuple[Any, str]:
    """Return the bare model and how its feature is pooled."""
    import torch

    if kind == "vit_mae":
        raise DLCError(
            "a vit_mae model hides most of an image at random; load it with ViTModel."
            "from_pretrained(…, add_pooling_layer=False), save_pretrained it, and name that folder."
        )
    try:
        with torch.device("cpu"):
            own = type(config).__name__
            if own.endswith("VisionConfig"):  # of two towers, the one for images
                model = getattr(transformers, own.replace("Config", "Model"))(config)
            else:
                model = transformers.AutoModel.from_config(config, **_pooler(kind))
    except Exception as error:  # of odd numbers in the configuration
        reason = reason_of(error)
        raise DLCError(f"transformers cannot make a {kind} model: {reason}.") from error
    if getattr(model, "main_input_name", "") != "pixel_values":
        raise DLCError(f"a {kind} model does not look at images; choose a vision model.")
    return model, _CLS if kind in _CLASS_TOKEN else _POOLER


def _pooler(kind: str) -> dict[str, bool]:
    """Return what tells the library whether the feature needs the pooler."""
    return {"add_pooling_layer": kind not in _CLASS_TOKEN} if kind in _ASKED else {}


def _loaded(transformers: Any, model: Any, path: Path, weights: str | None, name: str) -> Any:
    """Return the model with its weights, by the library's own names for them."""
    import torch

    more: dict[str, Any] = {
        "config": model.config,
        "output_loading_info": True,
        "ignore_mismatched_sizes": True,  # told below, by name
        **_pooler(str(model.config.model_type)),
    }
    if not weights and (path.parent / "adapter_config.json").is_file():
        raise DLCError(f"hf:{name} is an adapter; merge it (merge_and_unload) and save the model.")
    model.config.dtype = torch.float32  # else what config.json says, which may round
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    try:
        if weights:
            found, info = type(model).from_pretrained(None, state_dict=read_state(weights), **more)
        else:
            found, info = type(model).from_pretrained(
                path.parent, local_files_only=True, use_safetensors=True, **more
            )
    except DLCError:
        raise
    except Exception as error:  # of a damaged file, or a package that it would need
        reason = reason_of(error)
        raise DLCError(f"the weights in {path.name} cannot be read: {reason}.") from error
    missing = sorted(info["missing_keys"])
    if missing and all(key.startswith("pooler.") for key in missing):
        raise DLCError(f"{path.name} of hf:{name} has no pooler, which would make its features.")
    for what, keys in (
        ("missing", missing),
        ("more than it has", _unused(info["unexpected_keys"], found)),
        ("of another shape", [_shapes(*one) for one in sorted(info["mismatched_keys"])]),
    ):
        if keys:
            raise DLCError(
                f"the weights in {path.name} are not those of hf:{name}: {len(keys)} {what} "
                f"({'; '.join(keys[:3])}{' …' if len(keys) > 3 else ''})."
            )
    return found.float()  # of half precision it may be


def _shapes(key: str, given: Any, expected: Any) -> str:
    return f"{key} {tuple(given)}, not {tuple(expected)}"


def _unused(unexpected: Any, model: Any) -> list[str]:
    """Return the weights in parts of the model that it has not; heads and towers may be there."""
    prefix = f"{model.base_model_prefix}."
    parts = {key.split(".")[0] for key in model.state_dict()}
    return sorted(
        key
        for key in unexpected
        if key.removeprefix(prefix).split(".")[0] in parts and not _BUFFERS.search(key)
    )


def _pooled(model: nn.Module, pooling: str) -> nn.Module:
    from torch import Tensor, nn

    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, pixels: Tensor) -> Tensor:
            found = self.model(pixel_values=pixels)
            pooled = getattr(found, "pooler_output", None)
            if pooling == _CLS:
                pooled = found.last_hidden_state[:, 0]
            elif pooled is None:  # tokens (N, T, D), or a map (N, D, H, W)
                hidden = found.last_hidden_state
                pooled = hidden.mean(dim=1) if hidden.ndim == 3 else hidden.mean(dim=(2, 3))
            features: Tensor = pooled.flatten(1)
            return features

    return Pooled()


def _is_transformer(model: nn.Module) -> bool:
    """Whether all convolutions embed patches or places, under whatever name."""
    from torch import nn

    names = [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    return all("embed" in name for name in names)
