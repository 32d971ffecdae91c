"""Weights files: what stands around a state dict, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
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
