"""Backbones of timm: features, masked layers, weights and preprocessing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from dlc_core.backbones import load_backbone, timm_models
from dlc_core.errors import DLCError
from tests.dlc_core.backbones.conftest import tiny_timm


@pytest.mark.parametrize("name", ["test_vit", "test_efficientnet", "test_byobnet", "test_convnext"])
def test_timms_features_are_its_own_pre_logits(name: str, tmp_path: Path) -> None:
    file, model = tiny_timm(tmp_path, name)
    backbone = load_backbone(f"timm:{name}", weights=str(file))
    images = torch.rand(2, 3, backbone.images().crop, backbone.images().crop)
    with torch.no_grad():
        whole = model.forward_head(model.forward_features(images), pre_logits=True)  # type: ignore[operator]
        torch.testing.assert_close(backbone.encoder(images), whole)
    names = [n for n, _ in backbone.maskable()]
    assert backbone.convolutions == (name != "test_vit")
    if name == "test_vit":  # fused qkv, projections and the MLP of each block; no patches, no head
        per_block = ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")
        depth = len(model.blocks)  # type: ignore[arg-type]
        assert names == [f"blocks.{b}.{part}.weight" for b in range(depth) for part in per_block]


def test_vit_small_of_timm(tmp_path: Path) -> None:
    file, _ = tiny_timm(tmp_path, "vit_small_patch16_224")
    backbone = load_backbone("timm:vit_small_patch16_224", weights=str(file))
    assert (backbone.images().resize, backbone.images().crop) == (248, 224)  # crop_pct 0.9
    assert backbone.images().mean == (0.5, 0.5, 0.5)
    assert backbone.images().interpolation == "bicubic"
    with torch.no_grad():
        assert backbone.encoder(torch.rand(1, 3, 224, 224)).shape == (1, 384)
    assert sum(weight.numel() for _, weight in backbone.maskable()) == 12 * 12 * 384 * 384


@pytest.mark.parametrize(
    ("name", "patches"),
    [("vit_tiny_r_s16_p8_224", False), ("mixer_s32_224", True), ("convnext_atto", False)],
)
def test_convolutions_that_only_make_patches(name: str, patches: bool) -> None:
    """A hybrid's stem is a network of its own; a mixer's first layer cuts patches."""
    import timm

    assert timm_models.only_patches(timm.create_model(name, pretrained=False)) == patches


def test_plain_networks_of_windows_side_by_side_are_masked() -> None:
    layers = (nn.Conv2d(3, 8, 2, 2), nn.Conv2d(8, 8, 2, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert not timm_models.only_patches(nn.Sequential(*layers))


def test_a_head_of_several_layers(tmp_path: Path) -> None:
    """LeViT's head is a norm and a layer; without classes timm drops both."""
    import timm

    whole = timm.create_model("levit_128s", pretrained=False).eval()
    torch.save(whole.state_dict(), tmp_path / "w.pth")
    backbone = load_backbone("timm:levit_128s", weights=str(tmp_path / "w.pth"))
    pixels = torch.rand(2, 3, 224, 224)
    with torch.no_grad():
        whole_any: Any = whole
        maps = whole_any.forward_features(pixels)
        assert torch.equal(backbone.encoder(pixels), whole_any.forward_head(maps, pre_logits=True))
    assert not any(name.startswith("head") for name, _ in backbone.maskable())


def test_weights_that_fit_in_part_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A truncated file, or one of a deeper model, must not load what fits and drop the rest."""
    file, _ = tiny_timm(tmp_path)
    state = load_file(file) if file.suffix == ".safetensors" else torch.load(file)
    short = dict(list(state.items())[: len(state) // 2])
    (tmp_path / "hub").mkdir()
    save_file(short, tmp_path / "hub" / "model.safetensors")
    own = (tmp_path / "hub" / "model.safetensors", "there")
    monkeypatch.setattr(timm_models, "_own_weights", lambda *_args, **_more: own)
    with pytest.raises(DLCError, match=r"timm cannot make test_vit: .*[Mm]issing"):
        load_backbone("timm:test_vit")


@pytest.mark.parametrize(
    "change", [{"crop_mode": "border"}, {"input_size": (3, 1024, 768)}], ids=["border", "oblong"]
)
def test_what_timm_models_may_want_and_is_not_made_here(change: dict[str, Any]) -> None:
    plain = {
        "input_size": (3, 32, 32), "crop_pct": 0.9, "mean": (0.5,) * 3, "std": (0.5,) * 3,
        "interpolation": "bicubic", "crop_mode": "center",
    }  # fmt: skip
    assert timm_models._preprocess(plain).resize == 35
    with pytest.raises(DLCError, match="only squares, cropped in the centre or squashed"):
        timm_models._preprocess({**plain, **change})
