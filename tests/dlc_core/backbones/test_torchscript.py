"""TorchScript files as backbones: the same scores as the module, and nothing that reaches out."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import dlc_core as dlc
from dlc_core.backbones import Backbone, load_backbone
from dlc_core.backbones.torchscript import is_torchscript
from dlc_core.errors import DLCError


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Scripting is deprecated, and says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def save(module: nn.Module, path: Path) -> str:
    torch.jit.script(module.eval()).save(str(path))  # type: ignore[no-untyped-call]
    return f"export:{path}"


def small(backbone: Backbone) -> Backbone:
    return replace(backbone, preprocess=replace(backbone.preprocess, resize=32, crop=32))


@pytest.mark.parametrize("traced", [True, False])
def test_scores_are_those_of_the_module(tmp_path: Path, traced: bool) -> None:
    demo = load_backbone("demo")
    path = tmp_path / "net.pt"
    if traced:
        torch.jit.trace(demo.encoder.eval(), torch.rand(2, 3, 32, 32)).save(str(path))  # type: ignore[no-untyped-call]
    else:
        save(demo.encoder, path)
    assert is_torchscript(path)
    script = small(load_backbone(f"export:{path}"))
    before = script.digest()
    own = replace(demo, preprocess=script.preprocess)
    data = dlc.load_dataset("digits").limited(60)
    expected = dlc.score(data, own, out=tmp_path / "own", masks=4)
    run = dlc.score(data, script, out=tmp_path / "run", masks=4)
    np.testing.assert_allclose(run.samples["score"], expected.samples["score"], atol=1e-4)
    assert run.samples["score"].nunique() > 50
    assert script.digest() == before  # the weights are there again, bit for bit
    ours = [f"script.{name}" for name in expected.info["backbone"]["masked"]]
    assert run.info["backbone"]["masked"] == ours


class Attends(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 8, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(pixels).flatten(2).transpose(1, 2)
        found: torch.Tensor = self.norm(self.attention(tokens, tokens, tokens)[0]).mean(1)
        return found


def test_attention_is_masked(tmp_path: Path) -> None:
    found = load_backbone(save(Attends(), tmp_path / "a.pt"))
    assert [name for name, _ in found.maskable()] == [
        "script.patches.weight",
        "script.attention.in_proj_weight",
        "script.attention.out_proj.weight",
    ]


class Reads(nn.Module):
    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return torch.from_file("/etc/hostname", False, 1) + pixels


class Hooked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.training = False

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.linear(pixels.mean((2, 3)))
        return found

    @torch.jit.export
    def __getstate__(self) -> int:
        return 1

    @torch.jit.export
    def __setstate__(self, state: int) -> None:
        self.training = False


@pytest.mark.parametrize("module", [Reads(), Hooked()], ids=["from_file", "setstate"])
def test_what_reaches_out_is_refused(tmp_path: Path, module: nn.Module) -> None:
    name = save(module, tmp_path / "net.pt")
    with pytest.raises(DLCError, match=r"refused: it calls (torch\.from_file|__setstate__)"):
        load_backbone(name)


@pytest.mark.parametrize("dot", [b" .", b". ", b" .\\\n  ", b".  # x\n", b".  # '\n"])
def test_spaces_and_comments_hide_nothing(tmp_path: Path, dot: bytes) -> None:
    save(Reads(), tmp_path / "net.pt")
    with (
        zipfile.ZipFile(tmp_path / "net.pt") as old,
        zipfile.ZipFile(tmp_path / "spaced.pt", "w") as new,
    ):
        for entry in old.namelist():
            data = old.read(entry)
            new.writestr(entry, data.replace(b"torch.from_file", b"torch" + dot + b"from_file"))
    with pytest.raises(DLCError, match=r"refused: it calls torch\.from_file"):
        load_backbone(f"export:{tmp_path / 'spaced.pt'}")


def test_the_case_of_a_name_hides_nothing(tmp_path: Path) -> None:
    """PyTorch finds "code/….PY", too."""
    save(Reads(), tmp_path / "net.pt")
    with (
        zipfile.ZipFile(tmp_path / "net.pt") as old,
        zipfile.ZipFile(tmp_path / "upper.pt", "w") as new,
    ):
        for entry in old.namelist():
            name = entry.removesuffix(".py") + ".PY" if entry.endswith(".py") else entry
            new.writestr(name.replace("/code/", "/CODE/"), old.read(entry))
    with pytest.raises(DLCError, match=r"refused: it calls torch\.from_file"):
        load_backbone(f"export:{tmp_path / 'upper.pt'}")


def test_what_cannot_be_masked_or_read(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    frozen = torch.jit.freeze(torch.jit.script(net))
    frozen.save(str(tmp_path / "frozen.pt"))
    with pytest.raises(DLCError, match="frozen script has them as constants"):
        load_backbone(f"export:{tmp_path / 'frozen.pt'}")
    name = save(net, tmp_path / "net.pt")
    with pytest.raises(DLCError, match="has its own weights"):
        load_backbone(name, weights=str(tmp_path / "net.pt"))
    with zipfile.ZipFile(tmp_path / "net.pt") as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "cut.pt", "w") as archive:
        for entry, content in parts.items():
            archive.writestr(entry, content[: len(content) // 2])
    with pytest.raises(DLCError, match=r"cut\.pt (cannot be read as TorchScript|is refused)"):
        load_backbone(f"export:{tmp_path / 'cut.pt'}")


def test_quantised_scripts_are_refused(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 4)).eval()
    engine = torch.backends.quantized.engine
    quantised = torch.ao.quantization.quantize_dynamic(net, {nn.Linear})  # type: ignore[no-untyped-call]
    assert engine == torch.backends.quantized.engine
    with pytest.raises(DLCError, match="is quantised"):
        load_backbone(save(quantised, tmp_path / "q.pt"))
