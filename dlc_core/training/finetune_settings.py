"""How a fine-tuning is done, checked before anything slow begins."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dlc_core.backbones import Preprocess
from dlc_core.backbones.devices import DEVICES
from dlc_core.errors import DLCError

LARGEST_SIDE = 128  # pixels, unless more are asked for: what a CPU can do
_NOT_THE_RESULT = ("memory_bytes",)  # another value gives the same result


@dataclass(frozen=True)
class FinetuneSettings:
    """The values that decide what a fine-tuning learns, beside backbone, samples and seed.

    Stochastic gradient descent with momentum on all weights, a fresh linear head, cross-entropy,
    the rate annealed by a cosine to zero, random resized crops and mirroring.

    Attributes:
        epochs: passes over the subset.
        image_size: side of the crops in pixels; None = the backbone's own, at most 128.
        batch: samples of a step.
        learning_rate: of the encoder, at the start.
        head_factor: times that rate for the head, which starts from nothing.
        momentum, weight_decay: of SGD, with Nesterov's step.
        smallest_crop: least share of the picture's area that a random crop shows, in (0, 1].
        flip: whether half of the pictures are mirrored; None = all but the bundled digits'.
        least_steps: epochs are added until there are as many steps, so that a subset of one or two
            batches is learned at all; 0 = never.
        device: "auto", "cpu", "cuda" or "mps".
        memory_bytes: of decoded pictures held; where they need more, each epoch decodes them again.

    Reference: arXiv 2402.05356, figure 2 (fine-tuning for 50 epochs), and the library that it ran
    its baselines with (DeepCore, Guo et al. 2022, arXiv 2204.08499: SGD, momentum 0.9 with
    Nesterov's step, weight decay 5e-4, cosine annealing at each step, random crops and mirroring).
    The paper's own learning rate, batch size, crop range and image size could not be looked up;
    those here are ours, and so are head_factor, least_steps, and epochs and image_size, chosen for
    a CPU. Rates and crops are the best of six tries with 200 flowers (MobileNetV2 at 128 pixels),
    of which those with a head_factor of 10 were 10 points worse and the others alike.
    """

    epochs: int = 10
    image_size: int | None = None
    batch: int = 32
    learning_rate: float = 0.003
    head_factor: float = 3.0
    momentum: float = 0.9
    weight_decay: float = 5e-4
    smallest_crop: float = 0.5
    flip: bool | None = None
    least_steps: int = 60
    device: str = "auto"
    memory_bytes: int = 1 << 30

    def __post_init__(self) -> None:
        for name, count, least in (
            ("epochs", self.epochs, 1),
            ("batch", self.batch, 1),
            ("least_steps", self.least_steps, 0),
            ("image_size", 16 if self.image_size is None else self.image_size, 16),
        ):
            if count < least:
                raise DLCError(f"{name} must be at least {least}, got {count}.")
        for name, value, high in (
            ("learning_rate", self.learning_rate, 10.0),
            ("head_factor", self.head_factor, 1000.0),
            ("smallest_crop", self.smallest_crop, 1.0),
        ):
            if not 0 < value <= high:
                raise DLCError(f"{name} must be in (0, {high:g}], got {value:g}.")
        for name, value in (("momentum", self.momentum), ("weight_decay", self.weight_decay)):
            if not 0 <= value < 1:
                raise DLCError(f"{name} must be in [0, 1), got {value:g}.")
        if self.device not in DEVICES:
            raise DLCError(f"device must be one of {', '.join(DEVICES)}, got {self.device!r}.")

    def side(self, preprocess: Preprocess) -> int:
        """Return the side of the crops for a backbone, in pixels."""
        return min(LARGEST_SIDE, preprocess.crop) if self.image_size is None else self.image_size

    def method(self, preprocess: Preprocess) -> dict[str, Any]:
        """Return what tells the results of this learner from those of any other, as JSON values.

        `device` is in it as asked for, not as found: an answer begun on one machine is continued on
        another.
        """
        values = {k: v for k, v in asdict(self).items() if k not in _NOT_THE_RESULT}
        return {"name": "finetune", **values, "image_size": self.side(preprocess)}
