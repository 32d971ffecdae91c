"""The backbone at work: batches of samples to outputs, under any mask, on any device."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.backbones.backbone import weight_of
from dlc_core.backbones.devices import repeatable
from dlc_core.backbones.faster_encoder import deploy
from dlc_core.errors import DLCError
from dlc_core.masking.weight_masks import apply_mask, mask_steps
from dlc_core.scoring.settings import ScoreSettings

if TYPE_CHECKING:
    import torch

Batch = tuple[slice, NDArray[Any]]


@dataclass(frozen=True)
class _Flight:
    """One batch's outputs on their way to the host."""

    outputs: torch.Tensor
    there: torch.cuda.Event | None

    def landed(self) -> NDArray[np.float32]:
        if self.there is not None:
            self.there.synchronize()
        return self.outputs.numpy()


class MaskedBackbone:
    """A working copy of a backbone; the backbone's own weights are never changed.

    Attributes:
        device, precision: where and in which number format it computes.
        schedule: the masks, for this encoder's number of weights.
        weights, zeros: number of maskable weights, and of those that are zero without any mask.
        changed: (M,) weights other than zero that each mask zeroes; equal numbers, equal masks.
        dimension: D of the outputs.
        folded: batch norms folded into convolutions.
        encoder, type: the copy's module, and the number format of its input.
        batch: samples of one step; every result is a function of them.
        limit: samples that go through at once: the batch, halved whenever memory does not suffice.
    """

    def __init__(self, backbone: Backbone, settings: ScoreSettings, *, device: str) -> None:
        """Make the copy and sort its weights once.

        Args:
            backbone: from load_backbone.
            settings: its masks, the order in which weights fall, and the precision.
            device: "cpu", "cuda" or "mps".

        Raises:
            DLCError: if the encoder cannot take its input or returns no vector per sample.
        """
        import torch

        self.device, self.precision = device, settings.precision
        with repeatable("exact"):
            deployed = deploy(backbone, device)
        self.dimension, self.folded = deployed.dimension, deployed.folded
        self.batch = self.limit = backbone.preprocess.batch_rows(device)
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

    def outputs(self, batches: Iterable[Batch]) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield (rows, their outputs (rows, D) float32) under the current mask, in order.

        On a GPU the next batch is copied and computed while the last one is collected.

        Args:
            batches: (rows, their prepared values).

        Raises:
            DLCError: if not even one sample fits the device's memory.
        """
        flying: deque[tuple[slice, _Flight]] = deque()
        for rows, values in batches:
            flying.append((rows, self._launch(values)))
            if len(flying) > self.ahead:
                first, flight = flying.popleft()
                yield first, flight.landed()
        for first, flight in flying:
            yield first, flight.landed()

    def _launch(self, values: NDArray[Any]) -> _Flight:
        outputs = self._forward(values).float()
        if self._copying is None:
            return _Flight(outputs.cpu(), None)
        import torch

        host = torch.empty(outputs.shape, pin_memory=True)
        host.copy_(outputs, non_blocking=True)
        there = torch.cuda.Event()  # type: ignore[no-untyped-call]
        there.record()
        return _Flight(host, there)

    def _forward(self, values: NDArray[Any]) -> torch.Tensor:
        import torch

        while True:
            try:
                with torch.inference_mode():
                    parts = [
                        self.encoder(self._input(values[start : start + self.limit]))
                        for start in range(0, len(values), self.limit)
                    ]
                    return parts[0] if len(parts) == 1 else torch.cat(parts)
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
                if self.limit == 1:
                    raise DLCError(
                        f"one sample does not fit the memory of {self.device}; choose a smaller "
                        "backbone or --device cpu."
                    ) from error
            self.limit = max(1, min(self.limit, len(values)) // 2)
            if self.device == "cuda":
                torch.cuda.empty_cache()

    def _input(self, values: NDArray[Any]) -> torch.Tensor:
        """Return the encoder's input; on a GPU copied on a stream of its own from pinned memory."""
        import torch

        there = torch.from_numpy(values)
        if self._copying is not None:
            with torch.cuda.stream(self._copying):
                there = there.pin_memory().to(self.device, non_blocking=True)
            current = torch.cuda.current_stream()
            current.wait_stream(self._copying)
            there.record_stream(current)
        made = self._preprocess.model_input(there.to(self.device))
        return made.to(self.type).contiguous(memory_format=self._layout)


def _out_of_memory(error: RuntimeError) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
