"""What a scoring is asked to do, checked before anything slow begins."""

from __future__ import annotations

from dataclasses import dataclass

from dlc_core.errors import DLCError
from dlc_core.masking import MASKINGS

PROFILES = {"exact": "the paper: T masks from one schedule, float32 forward passes"}
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class ScoreSettings:
    """The values that decide a score, beside dataset and backbone.

    Attributes:
        masks: T >= 1.
        interval: share of the remaining weights that each step masks, in [0, 1).
        masking: "l1" (smallest magnitude first) or "random" (the ablation).
        seed: of random masking, of the projection and of a limit's choice.
        profile: "exact".
        device: "auto", "cpu" or "cuda".

    Reference: arXiv 2402.05356, section 3: T = 50 and interval = 0.02.
    """

    masks: int = 50
    interval: float = 0.02
    masking: str = "l1"
    seed: int = 0
    profile: str = "exact"
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.masks < 1:
            raise DLCError(f"masks must be a whole number of at least 1, got {self.masks}.")
        if not 0 <= self.interval < 1:
            raise DLCError(f"interval must be in [0, 1), got {self.interval}.")
        if not 0 <= self.seed < 2**32:
            raise DLCError(f"seed must be in [0, 2^32), got {self.seed}.")
        for name, value, choices in (
            ("masking", self.masking, tuple(MASKINGS)),
            ("profile", self.profile, tuple(PROFILES)),
            ("device", self.device, DEVICES),
        ):
            if value not in choices:
                raise DLCError(f"{name} must be one of {', '.join(choices)}, got {value!r}.")


def choose_device(device: str) -> str:
    """Return "cuda" or "cpu".

    Raises:
        DLCError: if CUDA is asked for and is not there.
    """
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise DLCError("device cuda was asked for, but PyTorch sees no CUDA GPU; use --device cpu.")
    return device
