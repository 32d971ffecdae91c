"""Programs in a process of their own: the same bits, and nothing of it is trusted."""

from __future__ import annotations

import copy
import os
import signal
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dlc_core.backbones import Backbone, load_backbone
from dlc_core.backbones.program_process import ProgramProcess
from dlc_core.backbones.program_start import Child
from dlc_core.datasets import load_dataset
from dlc_core.errors import DLCError
from dlc_core.pipeline import score_run
from dlc_core.sandbox import DOORS
from dlc_core.scoring.settings import ScoreSettings
from tests.dlc_core.backbones.conftest import restored, run_here


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 3, stride=2)
        self.deep = nn.Conv2d(32, 48, 3)
        self.norm = nn.BatchNorm2d(48)
        self.linear = nn.Linear(48, 12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = self.norm(self.deep(self.conv(x).relu())).mean(dim=(2, 3))
        found: torch.Tensor = self.linear(pooled)
        return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "encoder.pt2"
    torch.manual_seed(0)
    shape = {0: torch.export.Dim("batch", min=1, max=64)}
    example = (torch.rand(2, 3, 32, 32),)
    torch.export.save(torch.export.export(Encoder().eval(), example, dynamic_shapes=(shape,)), path)
    return path


@pytest.fixture(scope="module")
def backbone(file: Path) -> Iterator[Backbone]:
    """One whose process is there for all tests, though the thread that asked for it is gone."""
    found = load_backbone(f"export:{file}", resize=32, crop=32)
    first = threading.Thread(target=found.encoder, args=(torch.rand(1, 3, 32, 32),))
    first.start()
    first.join()
    yield found
    found.close()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_the_same_bits(mode: Any, file: Path, backbone: Backbone) -> None:
    pixels = torch.rand(5, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    plain = backbone.encoder
    for layout in (torch.contiguous_format, torch.channels_last):
        for type_ in (torch.float32, torch.bfloat16, torch.float64):
            encoder = copy.deepcopy(plain).to(type_).to(memory_format=layout)
            images = pixels.to(type_).contiguous(memory_format=layout)
            with mode():
                assert torch.equal(encoder(images), run_here(file, encoder, images))
                assert encoder(images[1:2]).shape == (1, 12)


def test_threads_are_those_of_this_process(file: Path, backbone: Backbone) -> None:
    pixels = torch.rand(40, 3, 32, 32)
    before = torch.get_num_threads()
    try:
        for threads in (2, 1):
            torch.set_num_threads(threads)
            with torch.inference_mode():
                assert torch.equal(
                    backbone.encoder(pixels), run_here(file, backbone.encoder, pixels)
                )
    finally:
        torch.set_num_threads(before)


def test_every_change_of_a_weight_arrives(file: Path, backbone: Backbone) -> None:
    encoder, pixels = copy.deepcopy(backbone.encoder), torch.rand(3, 3, 32, 32)
    weight = encoder.get_parameter("conv.weight")
    bias = encoder.get_parameter("linear.bias")

    def agrees() -> bool:
        return torch.equal(encoder(pixels), run_here(file, encoder, pixels))

    with torch.no_grad():
        assert agrees()
        weight.mul_(weight.abs() > weight.abs().median())
        assert agrees()
        bias.data = bias.data + 1
        assert agrees()
        encoder.half().float()  # other values, perhaps at the place of the first
        assert agrees()
        weight[0] = 0
        other = copy.deepcopy(encoder)
        other.get_parameter("linear.weight").zero_()
        assert agrees()
        assert torch.equal(other(pixels), run_here(file, other, pixels))
        assert agrees()
    assert restored(backbone)


def test_gradients_come_through(file: Path, backbone: Backbone) -> None:
    encoder = copy.deepcopy(backbone.encoder).requires_grad_(True)
    encoder.get_parameter("norm.bias").requires_grad_(False)
    same, pixels = copy.deepcopy(encoder), torch.rand(4, 3, 32, 32, requires_grad=True)
    twin = pixels.detach().clone().requires_grad_(True)
    encoder(pixels).square().sum().backward()
    run_here(file, same, twin).square().sum().backward()  # type: ignore[no-untyped-call]
    assert pixels.grad is not None
    assert twin.grad is not None
    assert torch.equal(pixels.grad, twin.grad)
    for (name, one), other in zip(encoder.named_parameters(), same.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None) == (name == "norm.bias")
        assert one.grad is None or other.grad is None or torch.equal(one.grad, other.grad)
    first = encoder(pixels)
    encoder(pixels)
    with pytest.raises(RuntimeError, match="for the last batch only"):
        first.sum().backward()


def test_what_is_raised_there_is_raised_here(backbone: Backbone) -> None:
    with pytest.raises(ValueError, match=r"got pixels of shape \[1, 3, 31, 32\]"):
        backbone.encoder(torch.rand(1, 3, 31, 32))
    with pytest.raises(RuntimeError, match="same"):
        backbone.encoder(torch.rand(1, 3, 32, 32).half())
    assert backbone.encoder(torch.rand(0, 3, 32, 32)).shape == (0, 12)


HEAD = struct.Struct("<4B8Q")


def impostor(*replies: bytes) -> str:
    """What Python would run if somebody had taken over the process: it answers as it likes."""
    ready = HEAD.pack(6, 0, 0, 0, 7, *[0] * 7)
    data = b"".join((ready, *replies))
    return f"import os, sys; os.write(1, bytes.fromhex('{data.hex()}')); sys.stdin.buffer.read()"


def tensor(code: int, *sizes: int, state: int = 0) -> bytes:
    return HEAD.pack(state, code, len(sizes), 0, *sizes, *[0] * (8 - len(sizes)))


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (tensor(7, 2, 1 << 40), "not taken"),
        (tensor(7, 1 << 40, 0), "not taken"),
        (tensor(7, 1 << 32, 1 << 32, 1 << 32), "not taken"),
        (tensor(9, 2, 12), "not taken"),  # a complex number
        (HEAD.pack(0, 7, 9, 0, *[1] * 8), "not taken"),
        (HEAD.pack(9, 7, 1, 0, *[1] * 8), "not taken"),
        (HEAD.pack(2, 0, 0, 0, 0, 1 << 40, *[0] * 6), "not taken"),
        (b"\x80\x04cposix\nsystem\n" + bytes(80), "not taken"),
        (tensor(7, 3, 4) + bytes(48), "one feature vector for each"),
        (tensor(7) + bytes(4), "one feature vector for each"),
        (tensor(0, state=1), "one feature vector for each"),
    ],
    ids=[
        *("large", "long", "overflow", "complex", "nine dimensions", "no state", "long text"),
        *("a pickle", "rows", "a number", "nothing"),
    ],
)
def test_a_reply_of_a_stranger(reply: bytes, sentence: str, backbone: Backbone) -> None:
    process = ProgramProcess({}, "evil.pt2")
    process._children["cpu"] = Child("cpu", {}, start=impostor(reply))
    with pytest.raises(DLCError, match=sentence) as caught:
        process.features({}, torch.rand(2, 3, 32, 32))
    assert str(caught.value).isprintable()
    process.stop()


@pytest.mark.parametrize("refused", [1, 2])
def test_doors_behind_which_nothing_computes_stay_open(refused: int) -> None:
    start = (
        "import json, os, struct, sys; given = json.loads(sys.argv[1]); "
        f"state = 6 if len(given['skip']) >= {refused} else 5; "
        "os.write(1, struct.pack('<4B8Q', state, 0, 0, 0, 4, *[0] * 7)); sys.stdin.read()"
    )
    child = Child("cpu", {}, start=start)
    assert child.closed == ["memory"]
    child.stop()


def test_a_process_that_does_not_start() -> None:
    with pytest.raises(DLCError, match=r"does not start in a process of its own \(exit code 3\)"):
        Child("cpu", {}, start="raise SystemExit(3)")


def test_an_error_of_a_stranger_moves_no_cursor() -> None:
    text = b"\x1b[2J\r\xff" + b"x" * 300
    reply = HEAD.pack(2, 0, 0, 0, 0, len(text), *[0] * 6) + text
    process = ProgramProcess({}, "evil.pt2")
    process._children["cpu"] = Child("cpu", {}, start=impostor(reply))
    with pytest.raises(RuntimeError) as caught:
        process.features({}, torch.rand(2, 3, 32, 32))
    assert str(caught.value).isprintable()
    process.stop()


def test_a_process_that_was_killed_and_one_anew(
    backbone: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []
    start = Child.__init__

    def noted(self: Child, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        begun.append(self._process)
        self.closed = ["seccomp"]

    process, pixels = backbone.process, torch.rand(2, 3, 32, 32)
    assert process is not None
    backbone.encoder(pixels)
    number = process._children["cpu"]._process.pid
    os.kill(number, signal.SIGKILL)
    with pytest.raises(DLCError, match=r"encoder.pt2 ran has ended \(SIGKILL\)") as caught:
        backbone.encoder(pixels)
    assert "\n" not in str(caught.value)
    with pytest.raises(ProcessLookupError):  # it is no zombie
        os.kill(number, 0)
    monkeypatch.setattr(Child, "__init__", noted)
    dataset, settings = load_dataset("digits").limited(20), ScoreSettings(masks=2)
    run = score_run(dataset, backbone, out=tmp_path / "run", settings=settings)
    assert len(begun) == 1
    assert begun[0].poll() is not None
    assert run.info["sandbox"] == ["seccomp"]
    said = " ".join(run.warnings)
    assert said.count("could not close: files (Landlock), memory beyond what is free") == 1
    assert set(DOORS) == {"landlock", "seccomp", "memory"}
