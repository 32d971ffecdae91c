"""What a scoring is asked to do, checked before anything slow begins."""

from __future__ import annotations

from dataclasses import dataclass

from dlc_core.backbones.devices import DEVICES
from dlc_core.errors import DLCError
from dlc_core.masking.schedule import (
    PAPER_INTERVAL,
    PAPER_MASKS,
    Schedule,
    fast_schedule,
    literal_schedule,
)
from dlc_core.masking.weight_masks import MASKINGS
from dlc_core.scoring.objectives.registry import objective_names

PROFILES = {
    "exact": "the paper: 50 masks, float32",
    "fast": "8 of the 50 masks stand for all (docs/fast-profile.md)",
}
PRECISIONS = {
    "float32": "single precision; in fast, a GPU may multiply in TF32",
    "bfloat16": "quicker where the hardware has it, but its noise moves ranks",
}
MOST_MASKS = 10_000


@dataclass(frozen=True)
class ScoreSettings:
    """The values that decide a score, beside dataset and backbone.

    Attributes:
        masks: T in [1, 10,000]; None leaves it to the profile.
        interval: share of the remaining weights that each step masks, in [0, 1); None = 0.02.
        masking: "l1" (smallest magnitude first) or "random" (the ablation).
        seed: of random masking, of the projection and of a limit's choice.
        profile: "exact" or "fast"; masks or interval make the schedule literal in either.
        device: "auto", "cpu", "cuda" or "mps".
        precision: of the forward passes, "float32" or "bfloat16"; distances and losses are
            float64 in either.
        score: an objective (dlc_core.scoring.objectives.registry).

    Reference: arXiv 2402.05356, section 3: T = 50 and interval = 0.02.
    """

    masks: int | None = None
    interval: float | None = None
    masking: str = "l1"
    seed: int = 0
    profile: str = "exact"
    device: str = "auto"
    precision: str = "float32"
    score: str = "dlc"

    def __post_init__(self) -> None:
        if self.masks is not None and not 1 <= self.masks <= MOST_MASKS:
            raise DLCError(
                f"masks must be a whole number of at least 1 and at most {MOST_MASKS:,}, got "
                f"{self.masks}."
            )
        if self.interval is not None and not 0 <= self.interval < 1:
            raise DLCError(f"interval must be in [0, 1), got {self.interval}.")
        if not 0 <= self.seed < 2**32:
            raise DLCError(f"seed must be in [0, 2^32), got {self.seed}.")
        for name, value, choices in (
            ("masking", self.masking, tuple(MASKINGS)),
            ("profile", self.profile, tuple(PROFILES)),
            ("device", self.device, DEVICES),
            ("precision", self.precision, tuple(PRECISIONS)),
            ("score", self.score, tuple(objective_names())),
        ):
            if value not in choices:
                raise DLCError(f"{name} must be one of {', '.join(choices)}, got {value!r}.")

    def schedule(self, weights: int) -> Schedule:
        """Return the masks for a backbone with this many maskable weights."""
        if self.profile == "fast" and self.masks is None and self.interval is None:
            return fast_schedule(weights)
        return literal_schedule(
            weights,
            masks=PAPER_MASKS if self.masks is None else self.masks,
            interval=PAPER_INTERVAL if self.interval is None else self.interval,
        )
