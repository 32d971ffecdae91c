"""Where a backbone computes, and that it computes the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlc_core.errors import DLCError

DEVICES = ("auto", "cpu", "cuda", "mps")


def choose_device(device: str) -> str:
    """Return "cuda", "mps" or "cpu": the first that is there, if `device` is "auto".

    Raises:
        DLCError: if a GPU is asked for and is not there.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next((name for name, found in there.items() if found), "cpu")
    if not there.get(device, True):
        raise DLCError(
            f"device {device} was asked for, but PyTorch sees no such GPU; use --device cpu."
        )
    return device


@contextmanager
def repeatable(profile: str) -> Iterator[None]:
    """Same input, same features: no autotuning; and no TF32 but in the fast profile."""
    import torch

    cudnn: Any = torch.backends.cudnn
    matmul: Any = torch.backends.cuda.matmul
    before = cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32
    cudnn.deterministic, cudnn.benchmark = True, False
    cudnn.allow_tf32 = matmul.allow_tf32 = profile == "fast"
    try:
        yield
    finally:
        cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = before
