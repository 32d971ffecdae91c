from __future__ import annotations

import pytest
import torch

from dlc_core.backbones.devices import choose_device
from dlc_core.errors import DLCError
from dlc_core.scoring.settings import ScoreSettings


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_auto_takes_the_first_that_is_there(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device("auto") == expected
    assert choose_device("cpu") == "cpu"
    for name, there in (("cuda", cuda), ("mps", mps)):
        if there:
            assert choose_device(name) == name
        else:
            with pytest.raises(DLCError, match=f"device {name} was asked for, but PyTorch sees no"):
                choose_device(name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"masks": 0}, "at least 1"),
        ({"masks": 10_001}, "at most 10,000, got 10001"),
        ({"interval": 1.0}, r"interval must be in \[0, 1\), got 1.0"),
        ({"interval": float("nan")}, r"interval must be in \[0, 1\), got nan"),
        ({"profile": "slow"}, "profile must be one of exact, fast, got 'slow'"),
        ({"precision": "float16"}, "precision must be one of float32, bfloat16"),
        ({"score": "el2n"}, "score must be one of dlc, dlc-calibrated"),
        ({"masking": "l2"}, "masking must be one of l1, random"),
    ],
)
def test_values_out_of_range_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(DLCError, match=words):
        ScoreSettings(**options)  # type: ignore[arg-type]
