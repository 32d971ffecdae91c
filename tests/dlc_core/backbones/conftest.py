"""What the tests of several kinds of backbones share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from dlc_core.backbones import (
    Backbone,
)
from dlc_core.backbones.program_archive import read_archive
from dlc_core.backbones.program_graph import program_of
from dlc_core.masking.weight_masks import apply_mask, mask_steps


def tiny_timm(folder: Path, name: str = "test_vit") -> tuple[Path, nn.Module]:
    """Return a state dict of a tiny timm model with random weights, and the whole model."""
    import timm

    torch.manual_seed(0)
    model: nn.Module = timm.create_model(name, pretrained=False).eval()
    save_file(model.state_dict(), folder / f"{name}.safetensors")
    return folder / f"{name}.safetensors", model


def restored(backbone: Backbone) -> bool:
    """Whether a mask zeroes weights, and taking it off gives back every bit."""
    weights = [weight for _, weight in backbone.maskable()]
    originals = [weight.detach().clone() for weight in weights]
    total = sum(weight.numel() for weight in weights)
    steps = mask_steps(weights, torch.tensor([0, total // 3]).numpy())
    apply_mask(weights, originals, steps, 1)
    zeros = sum(int((weight == 0).sum()) for weight in weights)
    apply_mask(weights, originals, steps, 0)
    return zeros >= total // 3 and all(map(torch.equal, weights, originals))


def run_here(file: Path, encoder: nn.Module, pixels: torch.Tensor) -> torch.Tensor:
    """Run an exported program in this process, with a module's weights."""
    weights = {**dict(encoder.named_parameters()), **dict(encoder.named_buffers())}
    found: torch.Tensor = program_of(read_archive(file)[0]).run(weights, pixels)
    return found


TINY: dict[str, Any] = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
}  # fmt: skip


SEEN = {**TINY, "image_size": 28, "patch_size": 14}


def hugging(folder: Path, kind: str) -> nn.Module:
    """Save a tiny model of a kind as the library does; return the part that looks at images."""
    import transformers as hf

    torch.manual_seed(0)
    towers = {"text_config": {**TINY, "vocab_size": 20}, "vision_config": SEEN}
    shape = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"}
    configs: dict[str, tuple[Any, Any]] = {
        "dinov2": (hf.Dinov2Model, hf.Dinov2Config(**SEEN)),
        "vit": (hf.ViTForImageClassification, hf.ViTConfig(**SEEN)),
        "clip": (hf.CLIPModel, hf.CLIPConfig(**towers)),  # type: ignore[arg-type]
        "metaclip_2": (hf.MetaClip2Model, hf.MetaClip2Config(**towers)),  # type: ignore[arg-type]
        "data2vec-vision": (hf.Data2VecVisionModel, hf.Data2VecVisionConfig(**SEEN)),
        "siglip_vision_model": (hf.SiglipVisionModel, hf.SiglipVisionConfig(**SEEN)),
        "resnet": (hf.ResNetModel, hf.ResNetConfig(**shape)),  # type: ignore[arg-type]
    }
    make, config = configs[kind]
    more = {"add_pooling_layer": True} if kind == "data2vec-vision" else {}
    model = make(config, **more).eval()
    model.save_pretrained(folder)
    said = {
        "do_center_crop": True, "size": {"shortest_edge": 32},
        "crop_size": {"height": 28, "width": 28}, "image_mean": [0.4, 0.5, 0.6],
        "image_std": [0.2, 0.3, 0.4], "resample": 3,
        "image_processor_type": "BitImageProcessor",
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(said))
    part = {"clip": "vision_model", "metaclip_2": "vision_model", "vit": "vit"}.get(kind)
    found: nn.Module = model if part is None else getattr(model, part)
    return found
