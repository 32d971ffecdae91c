"""Backbones by name: what is found, fetched, and said when it cannot be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from dlc_core.backbones import (
    BACKBONES,
    absolute_name,
    find_loader,
    load_backbone,
)
from dlc_core.errors import DLCError
from tests.dlc_core.backbones.conftest import hugging, tiny_timm


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet19", "unknown backbone 'resnet19'.*did you mean resnet18"),
        ("timm:vit_smal_patch16_224", "timm has no model .*did you mean vit_small"),
        ("timm:nothing", "timm has no model"),
        ("hf:", "is no name of the hub|is not on this machine"),
        ("hf:someone/nothing", "is not on this machine"),
        ("hf:../x/y z", "is no name of the hub"),
        ("timm:test_vit", "is not on this machine: allow the download"),
        ("export:nothing.pt2", "no such file"),
        ("vgg:11", "unknown backbone 'vgg:11'"),
    ],
)
def test_what_is_not_there(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DLCError, match=words):
        load_backbone(name)


def cached(folder: Path, repository: str, files: Path) -> None:
    """Put files into the hub's cache, in its own layout."""
    inside = folder / f"models--{repository.replace('/', '--')}"
    snapshot = inside / "snapshots" / "0123abc"
    snapshot.mkdir(parents=True)
    (inside / "refs").mkdir()
    (inside / "refs" / "main").write_text("0123abc")
    for file in files.iterdir():
        shutil.copy(file, snapshot)


def test_weights_from_the_hubs_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "a").mkdir()
    file, model = tiny_timm(tmp_path / "a")
    file.rename(tmp_path / "a" / "model.safetensors")
    config = timm.get_pretrained_cfg("test_vit")
    assert config is not None
    tag = config.tag
    cached(tmp_path / "hub", f"timm/test_vit.{tag}", tmp_path / "a")
    backbone = load_backbone("timm:test_vit")
    own = backbone.encoder.state_dict()
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in own.items())
    assert backbone.weights == f"timm/test_vit.{tag}"
    hugging(tmp_path / "b", "dinov2")
    cached(tmp_path / "hub", "someone/small", tmp_path / "b")
    known = load_backbone("hf:someone/small")
    assert known.digest() == load_backbone(f"hf:{tmp_path / 'b'}").digest()
    assert known.images().mean == (0.4, 0.5, 0.6)
    for found in (tmp_path / "hub").rglob("preprocessor_config.json"):
        found.unlink()
    with pytest.raises(DLCError, match=r"preprocessor_config.json of hf:someone/small is not on"):
        load_backbone("hf:someone/small")


@pytest.mark.parametrize("name", ["timm:test_vit", "hf:facebook/dinov2-small"])
def test_a_download_without_network_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DLCError, match="could not download"):
        load_backbone(name, download=True)


def test_names_with_paths_are_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    assert absolute_name("hf:model") == f"hf:{tmp_path}/model"
    assert absolute_name("hf:facebook/dinov2-small") == "hf:facebook/dinov2-small"
    assert absolute_name("resnet18") == "resnet18"
    assert find_loader("timm:x")[1:] == ("x", "timm:")
    assert find_loader("demo")[0] is BACKBONES["demo"]
