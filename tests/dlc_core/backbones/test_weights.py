"""Weights files: what stands around a state dict, and what is refused."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from dlc_core.backbones.weights import load_encoder_state, read_state
from dlc_core.errors import DLCError


def model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod.", "backbone."])
def test_what_stands_around_all_names_is_taken_off(tmp_path: Path, prefix: str) -> None:
    state = model().state_dict()
    torch.save({prefix + key: value for key, value in state.items()}, tmp_path / "a.pth")
    found = read_state(tmp_path / "a.pth")
    assert sorted(found) == sorted(state)
    mixed = {f"module.{key}" if key.startswith("0") else key: v for key, v in state.items()}
    torch.save(mixed, tmp_path / "b.pth")
    assert sorted(read_state(tmp_path / "b.pth")) == sorted(mixed)


def averaged() -> dict[str, torch.Tensor]:
    return dict(torch.optim.swa_utils.AveragedModel(model()).state_dict())


def lightning() -> dict[str, torch.Tensor]:
    """A module with a model (on several cards) and a loss that has weights."""
    inside = nn.Module()
    inside.model, inside.criterion = nn.DataParallel(model()), nn.CrossEntropyLoss(torch.ones(3))
    return dict(inside.state_dict())


@pytest.mark.parametrize(
    "saved",
    [
        {"model_ema": model().state_dict(), "epoch": 3},
        {"teacher": {f"backbone.{key}": v for key, v in model().state_dict().items()}},
        {"params": model().state_dict()},
        {"state_dict": lightning(), "hyper_parameters": {}},
        averaged(),
        {"model": {"state_dict": model().state_dict()}, "ema": {}},
        {"model": {"name": "mine"}, "state_dict": {}, "weights": model().state_dict()},
        {"state_dict": model().state_dict(), "args": argparse.Namespace(lr=0.1, out="x")},
    ],
    ids=["ema", "teacher", "params", "lightning", "averaged", "twice", "names", "options"],
)
def test_what_training_scripts_save(saved: dict[str, Any], tmp_path: Path) -> None:
    torch.save(saved, tmp_path / "a.pth")
    found = read_state(tmp_path / "a.pth")
    expected = model().state_dict()
    assert sorted(found) == sorted(expected)
    assert all(torch.equal(value, expected[name]) for name, value in found.items())


def test_a_part_of_a_larger_model(tmp_path: Path) -> None:
    """A teacher with its head, MoCo's two encoders, a loss with states of its own."""
    own = model().state_dict()

    def loaded(**parts: str) -> dict[str, torch.Tensor]:
        saved = {f"{parts[p]}{key}": v for p in parts for key, v in own.items()}
        saved["mlp.weight"] = saved["queue"] = torch.zeros(2)
        torch.save({"state_dict": saved}, tmp_path / "a.pth")
        empty = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
        state = read_state(tmp_path / "a.pth")
        load_encoder_state(empty, state, head=("-",), name="mine", source="a.pth")
        return dict(empty.state_dict())

    for prefix in ("backbone.", "module.encoder_q."):
        found = loaded(one=prefix)
        assert all(torch.equal(value, own[key]) for key, value in found.items())
    words = r"more than once \(module.encoder_q., module.encoder_k.\)"
    with pytest.raises(DLCError, match=words):
        loaded(one="module.encoder_q.", two="module.encoder_k.")


def test_a_file_is_what_it_holds_whatever_its_name(tmp_path: Path) -> None:
    for name in ("a.bin", "a.pth", "A.SAFETENSORS"):
        save_file(model().state_dict(), tmp_path / name)
        assert sorted(read_state(tmp_path / name)) == sorted(model().state_dict())
    for content in (b"", b"hello world", b"x" * 5000):
        (tmp_path / "b.pth").write_bytes(content)
        with pytest.raises(DLCError, match=r"b\.pth.*(no file of|is refused)") as caught:
            read_state(tmp_path / "b.pth")
        assert not str(caught.value).endswith((": .", ": 101."))


def test_tensors_without_values_are_refused(tmp_path: Path) -> None:
    for odd in (torch.zeros(3, 4, device="meta"), torch.eye(3).to_sparse()):
        torch.save({"0.weight": odd}, tmp_path / "a.pth")
        with pytest.raises(DLCError, match="tensors without values, or sparse ones"):
            read_state(tmp_path / "a.pth")
    endless: dict[str, Any] = {}
    endless["model"] = endless
    torch.save(endless, tmp_path / "b.pth")
    with pytest.raises(DLCError, match="holds no weights"):
        read_state(tmp_path / "b.pth")
    kinds = {key: value.int() for key, value in model().state_dict().items()}
    with pytest.raises(DLCError, match=r"of another type \(0\.weight torch\.int32"):
        load_encoder_state(model(), kinds, head=("-",), name="mine", source="a.pth")


def test_what_differs_is_named(tmp_path: Path) -> None:
    state = model().state_dict()
    state["0.weight"] = torch.zeros(5, 4)
    del state["2.bias"]
    state["9.weight"] = torch.zeros(1)
    with pytest.raises(DLCError) as caught:
        load_encoder_state(model(), state, head=("\0",), name="mine", source="a.pth")
    said = str(caught.value)
    assert "0.weight (5, 4), not (6, 4)" in said
    assert "2.bias" in said
    assert "9.weight" in said


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch tells that quantised tensors go
def test_quantised_models_are_refused(tmp_path: Path) -> None:
    weight = torch.quantize_per_tensor(torch.rand(3, 4), 0.1, 0, torch.qint8)
    torch.save({"0.weight": weight}, tmp_path / "a.pth")
    with pytest.raises(DLCError, match="quantised"):
        read_state(tmp_path / "a.pth")
    torch.save({"0._packed_params._packed_params": torch.zeros(1)}, tmp_path / "b.pth")
    with pytest.raises(DLCError, match="quantised"):
        read_state(tmp_path / "b.pth")


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("evil.txt"),))


def test_a_pickle_that_needs_more_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Evil()}, tmp_path / "a.pth")
    torch.save(model(), tmp_path / "b.pth")
    for name in ("a", "b"):
        with pytest.raises(DLCError, match="is refused: it is no plain state dict"):
            read_state(tmp_path / f"{name}.pth")
    assert not (tmp_path / "evil.txt").exists()
