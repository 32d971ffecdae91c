"""Backbones of every source: what is loaded, what is masked, what is said when it cannot be."""

from __future__ import annotations

import io
import json
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from dlc_core.backbones import (
    BACKBONES,
    Backbone,
    absolute_name,
    find_loader,
    load_backbone,
    of_timm,
)
from dlc_core.backbones.exported_scan import plain_expression
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.masking import apply_mask, mask_steps
from dlc_core.runs import Run


def tiny_timm(folder: Path, name: str = "test_vit") -> tuple[Path, nn.Module]:
    """Return a state dict of a tiny timm model with random weights, and the whole model."""
    import timm

    torch.manual_seed(0)
    model: nn.Module = timm.create_model(name, pretrained=False).eval()
    save_file(model.state_dict(), folder / f"{name}.safetensors")
    return folder / f"{name}.safetensors", model


@pytest.mark.parametrize("name", ["test_vit", "test_efficientnet", "test_byobnet", "test_convnext"])
def test_timms_features_are_its_own_pre_logits(name: str, tmp_path: Path) -> None:
    file, model = tiny_timm(tmp_path, name)
    backbone = load_backbone(f"timm:{name}", weights=str(file))
    images = torch.rand(2, 3, backbone.preprocess.crop, backbone.preprocess.crop)
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
    assert (backbone.preprocess.resize, backbone.preprocess.crop) == (248, 224)  # crop_pct 0.9
    assert backbone.preprocess.mean == (0.5, 0.5, 0.5)
    assert backbone.preprocess.interpolation == "bicubic"
    with torch.no_grad():
        assert backbone.encoder(torch.rand(1, 3, 224, 224)).shape == (1, 384)
    assert sum(weight.numel() for _, weight in backbone.maskable()) == 12 * 12 * 384 * 384


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
        "siglip_vision_model": (hf.SiglipVisionModel, hf.SiglipVisionConfig(**SEEN)),
        "resnet": (hf.ResNetModel, hf.ResNetConfig(**shape)),  # type: ignore[arg-type]
    }
    make, config = configs[kind]
    model = make(config).eval()
    model.save_pretrained(folder)
    said = {
        "do_center_crop": True, "size": {"shortest_edge": 32},
        "crop_size": {"height": 28, "width": 28}, "image_mean": [0.4, 0.5, 0.6],
        "image_std": [0.2, 0.3, 0.4], "resample": 3,
        "image_processor_type": "BitImageProcessor",
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(said))
    part = {"clip": "vision_model", "vit": "vit"}.get(kind)
    found: nn.Module = model if part is None else getattr(model, part)
    return found


@pytest.mark.parametrize("kind", ["dinov2", "vit", "clip", "siglip_vision_model", "resnet"])
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
    preprocess = backbone.preprocess
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


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2)
        self.deep = nn.Conv2d(8, 8, 3, groups=8)
        self.norm = nn.BatchNorm2d(8)
        self.linear = nn.Linear(8, 12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = self.norm(self.deep(self.conv(x).relu())).mean(dim=(2, 3))
        found: torch.Tensor = self.linear(pooled)
        return found


def test_an_exported_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    model = Encoder().eval()
    batch = torch.export.Dim("batch", min=1, max=4096)
    program = torch.export.export(model, (torch.rand(2, 3, 32, 32),), dynamic_shapes=({0: batch},))
    torch.export.save(program, tmp_path / "encoder.pt2")
    name = f"export:{tmp_path / 'encoder.pt2'}"
    backbone = load_backbone(name, resize=32, crop=32, mean=(0.5,) * 3, std=(0.5,) * 3)
    images = torch.rand(5, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(backbone.encoder(images), model(images))
    assert [n for n, _ in backbone.maskable()] == ["conv.weight", "deep.weight", "linear.weight"]
    assert restored(backbone)
    words = ["score", "digits", "--limit", "40", "--masks", "2", "--out", str(tmp_path / "run")]
    more = ["--backbone", name, "--resize", "32", "--crop", "32", "--mean", "0.5,0.5,0.5"]
    assert main([*words, *more]) == 0
    assert Run.open(tmp_path / "run").info["backbone"]["preprocess"]["mean"] == [0.5, 0.5, 0.5]
    capsys.readouterr()
    words[-1] += "2"
    assert main([*words, *more[:-1], "a,b"]) == 2
    assert "--mean must be three numbers" in capsys.readouterr().err
    assert main([*words, *more[:-1], "0.5,0.5"]) == 2
    assert "three numbers each" in capsys.readouterr().err


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("evil.txt"),))


def rewritten(source: Path, target: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Copy an archive with one part of it changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name.endswith(part) else data)


def test_an_exported_program_that_would_run_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shape = {0: torch.export.Dim("batch", min=1, max=64)}
    program = torch.export.export(
        Encoder().eval(), (torch.rand(2, 3, 32, 32),), dynamic_shapes=(shape,)
    )
    torch.export.save(program, tmp_path / "good.pt2")
    assert load_backbone("export:good.pt2").masked
    code = "__import__('pathlib').Path('evil.txt').touch()"

    def with_code(data: bytes) -> bytes:
        return re.sub(rb'"expr_str": ?"[^"]*"', f'"expr_str": "{code}"'.encode(), data)

    def with_pickle(data: bytes) -> bytes:
        return re.sub(rb'"use_pickle": ?false', b'"use_pickle": true', data)

    def evil(_data: bytes) -> bytes:
        buffer = io.BytesIO()
        torch.save(Evil(), buffer)
        return buffer.getvalue()

    def opaque(data: bytes) -> bytes:
        return data.replace(b"weight_0", b"opaque_obj_0")

    for name, part, change in (
        ("a", "models/model.json", with_code), ("b", "weights_config.json", with_pickle),
        ("e", "weights_config.json", opaque),
        ("c", "sample_inputs/model.pt", evil),
    ):  # fmt: skip
        rewritten(tmp_path / "good.pt2", tmp_path / f"{name}.pt2", part, change)
        with pytest.raises(DLCError, match="is refused: reading it could run code"):
            load_backbone(f"export:{name}.pt2")
    # PyTorch finds parts whatever the case of their names, and one of two with the same name.
    shouted = ("sample_inputs/model.pt", "sample_inputs/model.PT")
    for kept in ((), shouted[:1]):
        with zipfile.ZipFile("good.pt2") as old, zipfile.ZipFile("upper.pt2", "w") as new:
            for entry in old.namelist():
                if not entry.endswith(shouted[0]) or kept:
                    new.writestr(entry, old.read(entry))
                if entry.endswith(shouted[0]):
                    new.writestr(entry.replace(*shouted), evil(b""))
        with pytest.raises(DLCError, match=r"could run code|two parts of the same name"):
            load_backbone("export:upper.pt2")

    assert not (tmp_path / "evil.txt").exists()
    (tmp_path / "d.pt2").write_bytes(b"nothing")
    with pytest.raises(DLCError, match=r"is no program of torch.export.save"):
        load_backbone("export:d.pt2")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Symbol('s77', positive=True, integer=True)", True), ("2*s0 + 1", True),
        ("Mod(Add(Symbol('s0'), Integer(3)), 2)", True), ("Max(1, s0)", True), ("1.5", True),
        ("__import__('os')", False), ("open('x')", False), ("s0.f()", False),
        ("(lambda: 1)()", False), ("().x", False), ("[1][0]('x')", False), ("Max('a')('b')", False),
        ("getattr(s0, 'a')", False),
        ('eval("1")', False), ("s0 if 1 else 2; x", False),
    ],
)  # fmt: skip
def test_expressions_of_sizes(text: str, plain: bool) -> None:
    assert plain_expression(text) == plain


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
    assert known.preprocess.mean == (0.4, 0.5, 0.6)
    for found in (tmp_path / "hub").rglob("preprocessor_config.json"):
        found.unlink()
    with pytest.raises(DLCError, match=r"preprocessor_config.json of hf:someone/small is not on"):
        load_backbone("hf:someone/small")


@pytest.mark.parametrize("name", ["timm:test_vit", "hf:facebook/dinov2-small"])
def test_a_download_without_network_is_told_soon(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    begun = time.monotonic()
    with pytest.raises(DLCError, match="could not download"):
        load_backbone(name, download=True)
    assert time.monotonic() - begun < 30  # 5 s on an idle machine


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
    monkeypatch.setattr(of_timm, "_own_weights", lambda *_args, **_more: own)
    with pytest.raises(DLCError, match=r"timm cannot make test_vit: .*[Mm]issing"):
        load_backbone("timm:test_vit")
    hugging(tmp_path / "two", "dinov2")
    deeper = load_file(tmp_path / "two" / "model.safetensors")
    more = {k.replace(".layer.1.", ".layer.2."): v.clone() for k, v in deeper.items()}
    save_file({**deeper, **more}, tmp_path / "three.safetensors")
    with pytest.raises(DLCError, match=r"are not those of .* more than it has \(encoder\.layer\.2"):
        load_backbone(f"hf:{tmp_path / 'two'}", weights=str(tmp_path / "three.safetensors"))


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


def test_folders_and_files_that_are_something_else(tmp_path: Path) -> None:
    with pytest.raises(DLCError, match=r"has no config.json"):
        load_backbone(f"hf:{tmp_path}")
    (tmp_path / "config.json").write_text('{"model_type": "magic"}')
    with pytest.raises(DLCError, match="of no model that the installed transformers knows"):
        load_backbone(f"hf:{tmp_path}")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(DLCError, match="of no model that"):
        load_backbone(f"hf:{tmp_path}")
    text = {"model_type": "bert", "vocab_size": 10, **TINY}
    (tmp_path / "config.json").write_text(json.dumps(text))
    with pytest.raises(DLCError, match="does not look at images"):
        load_backbone(f"hf:{tmp_path}")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit_mae", **SEEN}))
    with pytest.raises(DLCError, match=r"vit_mae model hides most .* load it with ViTModel"):
        load_backbone(f"hf:{tmp_path}")
    hugging(tmp_path, "dinov2")
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(DLCError, match=r"no model.safetensors; save it again with save_pretrained"):
        load_backbone(f"hf:{tmp_path}")
    save_file({"x": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(DLCError, match="missing"):
        load_backbone(f"hf:{tmp_path}")
    torch.save(Encoder(), tmp_path / "whole.pt2")
    with pytest.raises(DLCError, match=r"is no program of torch.export.save"):
        load_backbone(f"export:{tmp_path / 'whole.pt2'}")
    with pytest.raises(DLCError, match="leave --weights out"):
        load_backbone(f"export:{tmp_path / 'whole.pt2'}", weights="x")


def test_names_with_paths_are_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    assert absolute_name("hf:model") == f"hf:{tmp_path}/model"
    assert absolute_name("hf:facebook/dinov2-small") == "hf:facebook/dinov2-small"
    assert absolute_name("resnet18") == "resnet18"
    assert find_loader("timm:x")[1:] == ("x", "timm:")
    assert find_loader("demo")[0] is BACKBONES["demo"]


@pytest.mark.parametrize(
    "change", [{"crop_mode": "border"}, {"input_size": (3, 1024, 768)}], ids=["border", "oblong"]
)
def test_what_timm_models_may_want_and_is_not_made_here(change: dict[str, Any]) -> None:
    plain = {
        "input_size": (3, 32, 32), "crop_pct": 0.9, "mean": (0.5,) * 3, "std": (0.5,) * 3,
        "interpolation": "bicubic", "crop_mode": "center",
    }  # fmt: skip
    assert of_timm._preprocess(plain).resize == 35
    with pytest.raises(DLCError, match="only squares, cropped in the centre or squashed"):
        of_timm._preprocess({**plain, **change})
