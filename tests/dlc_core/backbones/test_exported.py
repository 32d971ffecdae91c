"""Exported programs as backbones: features, masked operators, and no code that would run."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from dlc_core.backbones import (
    load_backbone,
)
from dlc_core.backbones.exported_scan import plain_expression
from dlc_core.cli import main
from dlc_core.errors import DLCError
from dlc_core.runs import Run
from tests.dlc_core.backbones.conftest import restored


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

    shutil.copy("good.pt2", "compiled.pt2")
    with zipfile.ZipFile("compiled.pt2", "a") as archive:
        archive.writestr("good/data/AOTInductor/model/a.so", b"\x7fELF")
    with pytest.raises(DLCError, match=r"is refused: .* again with torch.export alone, not comp"):
        load_backbone("export:compiled.pt2")
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


def test_files_that_are_something_else(tmp_path: Path) -> None:
    torch.save(Encoder(), tmp_path / "whole.pt2")
    with pytest.raises(DLCError, match=r"is no program of torch.export.save"):
        load_backbone(f"export:{tmp_path / 'whole.pt2'}")
    with pytest.raises(DLCError, match="leave --weights out"):
        load_backbone(f"export:{tmp_path / 'whole.pt2'}", weights="x")
