"""The encoder at work: batches of pixels to features, under any mask, on any device."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.backbones.backbone import weight_of
from dlc_core.errors import DLCError
from dlc_core.masking.weight_masks import apply_mask, mask_steps
from dlc_core.scoring.faster_encoder import deploy
from dlc_core.scoring.settings import ScoreSettings

if TYPE_CHECKING:
    import torch

# Pixels that go through the model at once: on a CPU few, because glibc gives large blocks back
# after every layer (MobileNetV2: 4.8 ms an image in sixes, 8.1 in batches of 32); on a GPU many.
_PIXELS_A_BATCH = {"cpu": 6 * 224**2, "cuda": 256 * 224**2, "mps": 64 * 224**2}
_LARGEST_BATCH = 2048

Batch = tuple[slice, NDArray[np.uint8]]


@dataclass(frozen=True)
class _Flight:
    """One batch's features on their way to the host."""

    features: torch.Tensor
    there: torch.cuda.Event | None

    def landed(self) -> NDArray[np.float32]:
        if self.there is not None:
            self.there.synchronize()
        return self.features.numpy()


def batch_size(crop: int, device: str) -> int:
    """Return how many crops of this side go through the model at once."""
    return max(4, min(_LARGEST_BATCH, _PIXELS_A_BATCH[device] // crop**2))


class MaskedEncoder:
    """A working copy of a backbone's encoder; the backbone's own weights are never changed.

    Attributes:
        device, precision: where and in which number format it computes.
        schedule: the masks, for this encoder's number of weights.
        weights, zeros: number of maskable weights, and of those that are zero without any mask.
        changed: (M,) weights other than zero that each mask zeroes; equal numbers, equal masks.
        dimension: D of the features.
        folded: batch norms folded into convolutions.
        encoder, type: the copy itself, and the number format of its input.
        batch: images of one step; every result is a function of them.
        limit: images that go through at once: the batch, halved whenever memory does not suffice.
    """

    def __init__(self, backbone: Backbone, settings: ScoreSettings, *, device: str) -> None:
        """Make the copy and sort its weights once.

        Args:
            backbone: from load_backbone.
            settings: its masks, the order in which weights fall, and the precision.
            device: "cpu", "cuda" or "mps".

        Raises:
            DLCError: if the encoder cannot take its crops or returns no vector per image.
        """
        import torch

        self.device, self.precision = device, settings.precision
        with repeatable("exact"):
            deployed = deploy(backbone, device)
        self.dimension, self.folded = deployed.dimension, deployed.folded
        self.batch = self.limit = batch_size(backbone.preprocess.crop, device)
        named = backbone.maskable()
        weights = [weight for _, weight in named]
        self.weights = sum(weight.numel() for weight in weights)
        wide = [weight.numel() for weight in backbone.encoder.parameters() if weight.ndim > 1]
        self.out_of_reach = max(0.0, 1 - self.weights / max(1, sum(wide)))
        self.schedule = settings.schedule(self.weights)
        steps = mask_steps(
            weights, self.schedule.counts, masking=settings.masking, seed=settings.seed
        )
        falls = sum(
            torch.bincount(step[weight != 0].long(), minlength=len(self.schedule) + 1)
            for step, weight in zip(steps, weights, strict=True)
        )
        assert isinstance(falls, torch.Tensor)
        self.changed: NDArray[np.int64] = falls.cpu().numpy()[:-1].cumsum()
        self.zeros = self.weights - int(falls.sum())
        self._preprocess, self._layout = backbone.preprocess, deployed.layout
        self.type: torch.dtype = getattr(torch, settings.precision)
        self.encoder = deployed.encoder.to(self.type)
        self._masked = [weight_of(self.encoder, name) for name, _ in named]
        self._originals = [weight.detach().clone() for weight in self._masked]
        self._steps = [step.to(device) for step in steps]
        self._copying = torch.cuda.Stream() if device == "cuda" else None  # type: ignore[no-untyped-call]
        self.ahead = 1 if device == "cuda" else 0  # batches in flight while one is collected

    def apply(self, mask: int) -> None:
        """Put one mask on the weights; 0 takes all masks off."""
        apply_mask(self._masked, self._originals, self._steps, mask)

    def features(self, batches: Iterable[Batch]) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield (rows, their pooled features (rows, D) float32) under the current mask, in order.

        On a GPU the next batch is copied and computed while the last one is collected.

        Args:
            batches: (rows, pixels (rows, crop, crop, 3) uint8).

        Raises:
            DLCError: if not even one image fits the device's memory.
        """
        flying: deque[tuple[slice, _Flight]] = deque()
        for rows, pixels in batches:
            flying.append((rows, self._launch(pixels)))
            if len(flying) > self.ahead:
                first, flight = flying.popleft()
                yield first, flight.landed()
        for first, flight in flying:
            yield first, flight.landed()

    def _launch(self, pixels: NDArray[np.uint8]) -> _Flight:
        features = self._forward(pixels).float()
        if self._copying is None:
            return _Flight(features.cpu(), None)
        import torch

        host = torch.empty(features.shape, pin_memory=True)
        host.copy_(features, non_blocking=True)
        there = torch.cuda.Event()  # type: ignore[no-untyped-call]
        there.record()
        return _Flight(host, there)

    def _forward(self, pixels: NDArray[np.uint8]) -> torch.Tensor:
        import torch

        while True:
            try:
                with torch.inference_mode():
                    parts = [
                        self.encoder(self._input(pixels[start : start + self.limit]))
                        for start in range(0, len(pixels), self.limit)
                    ]
                    return parts[0] if len(parts) == 1 else torch.cat(parts)
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
                if self.limit == 1:
                    raise DLCError(
                        f"one image does not fit the memory of {self.device}; choose a smaller "
                        "backbone or --device cpu."
                    ) from error
            self.limit = max(1, min(self.limit, len(pixels)) // 2)
            if self.device == "cuda":
                torch.cuda.empty_cache()

    def _input(self, pixels: NDArray[np.uint8]) -> torch.Tensor:
        """Return the encoder's input; on a GPU copied on a stream of its own from pinned memory."""
        import torch

        images = torch.from_numpy(pixels)
        if self._copying is not None:
            with torch.cuda.stream(self._copying):
                images = images.pin_memory().to(self.device, non_blocking=True)
            current = torch.cuda.current_stream()
            current.wait_stream(self._copying)
            images.record_stream(current)
        values = self._preprocess.normalise(images.to(self.device))
        return values.to(self.type).contiguous(memory_format=self._layout)


def _out_of_memory(error: RuntimeError) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


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
