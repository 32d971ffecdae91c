"""Backbones of Hugging Face: features, masked layers, weights, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from dlc_core.backbones import (
    load_backbone,
)
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from tests.dlc_core.backbones.conftest import SEEN, TINY, hugging, restored

KINDS = ["dinov2", "vit", "clip", "metaclip_2", "siglip_vision_model", "data2vec-vision", "resnet"]


@pytest.mark.parametrize("kind", KINDS)
def test_hugging_faces_models(kind: str, tmp_path: Path) -> None:
    whole = hugging(tmp_path, kind)
    backbone = load_backbone(f"hf:{tmp_path}")
    images = torch.rand(2, 3, 28, 28)
    with torch.no_grad():
        found = whole(pixel_values=images)
        expected = found.last_hidden_state[:, 0] if kind == "vit" else found.pooler_output
        torch.testing.assert_close(backbone.encoder(images), expected.flatten(1))
    names = [name for name, _ in backbone.maskable()]
    assert kind == "resnet" or not any("embed" in name for name in names)
    assert backbone.convolutions == (kind == "resnet")
    if kind == "dinov2":
        assert len(names) == 2 * 6
    assert restored(backbone)
    preprocess = backbone.images()
    assert (preprocess.resize, preprocess.crop, preprocess.mean) == (32, 28, (0.4, 0.5, 0.6))


def test_a_whole_run_with_a_folder_of_hugging_face(tmp_path: Path) -> None:
    hugging(tmp_path / "model", "dinov2")
    words = ["score", "digits", "--limit", "40", "--masks", "2", "--out", str(tmp_path / "run")]
    assert main([*words, "--backbone", f"hf:{tmp_path / 'model'}"]) == 0
    run = Run.open(tmp_path / "run")
    known = run.info["backbone"]
    assert (known["dimension"], run.features.shape[1]) == (32, 32)
    assert known["pooling"].startswith("the model's pooler; without one, the mean")
    assert len(known["masked"]) == 12
    assert main([*words, "--backbone", f"hf:{tmp_path / 'model'}", "--resume"]) == 0


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    """What fits must not be loaded and the rest dropped."""
    hugging(tmp_path / "two", "dinov2")
    deeper = load_file(tmp_path / "two" / "model.safetensors")
    more = {k.replace(".layer.1.", ".layer.2."): v.clone() for k, v in deeper.items()}
    save_file({**deeper, **more}, tmp_path / "three.safetensors")
    with pytest.raises(DLCError, match=r"are not those of .* more than it has \(encoder\.layer\.2"):
        load_backbone(f"hf:{tmp_path / 'two'}", weights=str(tmp_path / "three.safetensors"))
    other = {k: v[..., :16].contiguous() if "norm1" in k else v for k, v in deeper.items()}
    save_file(other, tmp_path / "other.safetensors")
    with pytest.raises(DLCError, match=r"4 of another shape \(.*norm1.bias \(16,\), not \(32,\)"):
        load_backbone(f"hf:{tmp_path / 'two'}", weights=str(tmp_path / "other.safetensors"))


def changed(folder: Path, **values: Any) -> Path:
    """Change some values of a model's configuration."""
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
    return folder


def test_a_configuration_cannot_ask_for_other_files_or_code(tmp_path: Path) -> None:
    """Nor round the weights: they are those of model.safetensors, whatever is written there."""
    hugging(tmp_path, "dinov2")
    own = load_backbone(f"hf:{tmp_path}").digest()
    shutil.copy(tmp_path / "model.safetensors", tmp_path / "other.safetensors")
    zeros = {k: v * 0 for k, v in load_file(tmp_path / "other.safetensors").items()}
    save_file(zeros, tmp_path / "other.safetensors", {"format": "pt"})
    changed(tmp_path, transformers_weights="other.safetensors", dtype="float16")
    changed(tmp_path, attn_implementation="someone/kernel", experts_implementation="x/y")
    assert load_backbone(f"hf:{tmp_path}").digest() == own
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(DLCError, match="is an adapter; merge it"):
        load_backbone(f"hf:{tmp_path}")


def test_weights_that_no_part_of_the_model_takes(tmp_path: Path) -> None:
    """Registers, an own layer: refused. Buffers of older versions and other heads: not."""
    hugging(tmp_path, "dinov2")
    state, own = load_file(tmp_path / "model.safetensors"), load_backbone(f"hf:{tmp_path}").digest()
    file = tmp_path / "w.safetensors"
    save_file({**state, "embeddings.register_tokens": torch.zeros(1, 4, 32)}, file)
    with pytest.raises(DLCError, match=r"1 more than it has \(embeddings.register_tokens\)"):
        load_backbone(f"hf:{tmp_path}", weights=str(file))
    old = ("embeddings.position_ids", "classifier.weight")
    save_file({**state, **{name: torch.zeros(2) for name in old}}, file)
    assert load_backbone(f"hf:{tmp_path}", weights=str(file)).digest() == own


def test_weights_of_hugging_face_in_several_files(tmp_path: Path) -> None:
    import transformers as hf

    hugging(tmp_path, "dinov2")
    before = load_backbone(f"hf:{tmp_path}")
    model = hf.Dinov2Model.from_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    parts = sorted(tmp_path.glob("model-*.safetensors"))
    assert len(parts) > 2
    assert load_backbone(f"hf:{tmp_path}").digest() == before.digest()
    parts[1].unlink()
    with pytest.raises(DLCError, match=rf"has no {parts[1].name}"):
        load_backbone(f"hf:{tmp_path}")
    index = tmp_path / "model.safetensors.index.json"
    for content, words in (
        ("{", "lists no files"), ('{"weight_map": 3}', "lists no files"),
        ('{"weight_map": {"a": "../b.safetensors"}}', "no file beside it"),
    ):  # fmt: skip
        index.write_text(content)
        with pytest.raises(DLCError, match=words):
            load_backbone(f"hf:{tmp_path}")


def test_half_precision_and_damaged_files_of_hugging_face(tmp_path: Path) -> None:
    hugging(tmp_path, "dinov2")
    file, before = tmp_path / "model.safetensors", load_backbone(f"hf:{tmp_path}")
    save_file({k: v.bfloat16() for k, v in load_file(file).items()}, file, {"format": "pt"})
    known = load_backbone(f"hf:{tmp_path}")
    assert {value.dtype for value in known.encoder.state_dict().values()} == {torch.float32}
    assert known.digest() != before.digest()
    content = file.read_bytes()
    for damaged in (b"", b"x" * 100, content[: len(content) // 2]):
        file.write_bytes(damaged)
        with pytest.raises(DLCError, match=r"the weights in model\.safetensors cannot be read"):
            load_backbone(f"hf:{tmp_path}")
    file.write_bytes(content)
    config = json.loads((tmp_path / "config.json").read_text())
    for change in (
        {"hidden_size": "abc"}, {"num_attention_heads": 0}, {"patch_size": 0}, {"hidden_act": "no"},
    ):  # fmt: skip
        (tmp_path / "config.json").write_text(json.dumps({**config, **change}))
        with pytest.raises(DLCError, match=r"config\.json of|cannot make a dinov2 model"):
            load_backbone(f"hf:{tmp_path}")


def test_folders_that_are_something_else(tmp_path: Path) -> None:
    with pytest.raises(DLCError, match=r"has no config.json"):
        load_backbone(f"hf:{tmp_path}")
    for config, words in (
        ({"model_type": "magic"}, "of no model that the installed transformers knows"),
        ("{", "of no model that the installed transformers knows"),
        ({"architecture": "resnet18"}, "is a model of timm; name it timm:resnet18"),
        ({"model_type": "dinov2", "quantization_config": {"load_in_8bit": True}}, "is quantised"),
        ({"model_type": "bert", "vocab_size": 10, **TINY}, "does not look at images"),
        ({"model_type": "vit_mae", **SEEN}, "vit_mae model hides most .* load it with ViTModel"),
    ):
        text = config if isinstance(config, str) else json.dumps(config)
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(DLCError, match=words):
            load_backbone(f"hf:{tmp_path}")
    hugging(tmp_path, "dinov2")
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(DLCError, match=r"no model.safetensors; save it again with save_pretrained"):
        load_backbone(f"hf:{tmp_path}")
    save_file({"x": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(DLCError, match="missing"):
        load_backbone(f"hf:{tmp_path}")
