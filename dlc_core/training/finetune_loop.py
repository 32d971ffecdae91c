"""The loop: epochs of SGD on some of the images, and naming the class of others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.backbones.devices import repeatable
from dlc_core.backbones.preprocess import batch_rows
from dlc_core.errors import DLCError
from dlc_core.records.progress import Meter, silent
from dlc_core.training.augmentation import middle_views, random_views
from dlc_core.training.checkpoint import Checkpoint
from dlc_core.training.finetune_settings import FinetuneSettings
from dlc_core.training.images import Stop, TrainingImages, nobody
from dlc_core.training.network import fresh_network, optimizer_of

if TYPE_CHECKING:
    import torch
    from torch import nn

PHASE = "finetuning"
# Called before each step with the epoch, the places (b,) in the subset and the logits (b, C).
Watch = Callable[[int, NDArray[np.int64], "torch.Tensor"], None]


def nothing(_epoch: int, _places: NDArray[np.int64], _logits: torch.Tensor) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class Training:
    """What is trained, and how.

    Attributes:
        backbone: where it starts.
        settings: how.
        device: "cpu", "cuda" or "mps".
        flip: whether pictures may be mirrored.
        meter: told of every batch.
        stop: called between batches; raises to stop.
    """

    backbone: Backbone
    settings: FinetuneSettings
    device: str
    flip: bool = True
    meter: Meter = field(default_factory=lambda: Meter(silent))
    stop: Stop = nobody

    @property
    def side(self) -> int:
        """Side of the crops."""
        return self.settings.side(self.backbone.images())

    def train(
        self,
        images: TrainingImages,
        rows: NDArray[np.int64],
        targets: NDArray[np.int64],
        classes: int,
        *,
        seed: int,
        saved: Checkpoint | None = None,
        epochs: int | None = None,
        watch: Watch = nothing,
    ) -> nn.Sequential:
        """Return the network after all epochs, in evaluation mode.

        Everything that is drawn in an epoch (order, crops, dropout) is a function of the seed and
        the epoch's number, so that going on from a checkpoint gives what an unbroken run gives:
        bit for bit on the same CPU with the same number of threads.

        Args:
            images: where pixels come from.
            rows: (k,) places in them.
            targets: (k,) classes, in [0, classes).
            classes: C.
            seed: of head, order, crops and dropout.
            saved: written after each epoch, and gone on from if it is there.
            epochs: stop after so many, the schedule being that of all; None = all.
            watch: sees the logits of every batch before it is learned.

        Raises:
            DLCError: if the loss is no number any more, or the memory of the device does not do.
        """
        import torch

        settings = self.settings
        network = fresh_network(
            self.backbone, classes, side=self.side, seed=seed, device=self.device
        )
        optimizer = optimizer_of(
            network,
            learning_rate=settings.learning_rate,
            head_factor=settings.head_factor,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
        )
        total = epochs_for(len(rows), settings)
        last = total if epochs is None else min(epochs, total)
        done = saved.load(network, optimizer) if saved else 0
        # From one sample a norm whose map is one pixel wide cannot learn: its statistics stay.
        network.train(min(len(rows), settings.batch) > 1)
        with repeatable("exact"), torch.random.fork_rng():
            for epoch in range(done, last):
                self._epoch(network, optimizer, images, rows, targets, (epoch, total), seed, watch)
                if saved:
                    saved.save(network, optimizer, epochs=epoch + 1)
        return network.eval()

    def _epoch(
        self,
        network: nn.Sequential,
        optimizer: torch.optim.SGD,
        images: TrainingImages,
        rows: NDArray[np.int64],
        targets: NDArray[np.int64],
        at: tuple[int, int],
        seed: int,
        watch: Watch,
    ) -> None:
        import torch
        from torch.nn.functional import cross_entropy

        settings, (epoch, total) = self.settings, at
        rng = np.random.default_rng([seed, epoch])
        torch.manual_seed(int(rng.integers(2**62)))  # dropout
        batches = order_of(len(rows), settings.batch, rng)
        seen, loss_sum = 0, 0.0
        for number, (places, pixels) in enumerate(
            zip(batches, images.batches([rows[b] for b in batches], stop=self.stop), strict=True)
        ):
            self.stop()
            share = (epoch + number / len(batches)) / total
            for group in optimizer.param_groups:
                group["lr"] = group["start"] * (1 + math.cos(math.pi * share)) / 2
            views = random_views(
                torch.from_numpy(pixels).to(self.device),
                self.backbone.images(),
                side=self.side,
                smallest_crop=settings.smallest_crop,
                flip=self.flip,
                rng=rng,
            )
            try:
                logits = network(views)
                watch(epoch, places, logits.detach())
                loss = cross_entropy(logits, torch.from_numpy(targets[places]).to(self.device))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            except torch.OutOfMemoryError as error:
                raise DLCError(
                    f"a batch of {len(places)} does not fit the memory of {self.device}; choose a "
                    "smaller --batch or --image-size."
                ) from error
            value = float(loss.detach())
            if not math.isfinite(value):
                raise DLCError(
                    f"the loss is {value} in epoch {epoch + 1}: training diverged; choose a "
                    f"learning rate below {settings.learning_rate:g}."
                )
            seen, loss_sum = seen + len(places), loss_sum + value * len(places)
            self.meter(
                PHASE,
                epoch * len(rows) + seen,
                total * len(rows),
                detail=f"epoch {epoch + 1} of {total}, loss {loss_sum / seen:.3f}",
            )

    def logits(
        self, network: nn.Module, images: TrainingImages, rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return what a module says of the middle of each picture, (m, C).

        Args:
            network: in evaluation mode.
            images: where pixels come from.
            rows: (m,) places in them.
        """
        import torch

        size = batch_rows(self.side, self.device)
        batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        found = []
        with repeatable("exact"), torch.inference_mode():
            for pixels in images.batches(batches, stop=self.stop):
                self.stop()
                views = middle_views(
                    torch.from_numpy(pixels).to(self.device),
                    self.backbone.images(),
                    side=self.side,
                )
                found.append(network(views).float().cpu().numpy())
        return np.concatenate(found) if found else np.empty((0, 0), dtype=np.float32)


def epochs_for(samples: int, settings: FinetuneSettings) -> int:
    """Return how many epochs a subset is trained for: more where it has few steps in each."""
    steps = max(1, samples // settings.batch)
    return max(settings.epochs, -(-settings.least_steps // steps))


def order_of(samples: int, batch: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Return an epoch's batches of places; a last one of a single sample joins the one before it.

    A batch norm cannot learn from one sample whose last layers are one pixel wide.
    """
    order = rng.permutation(samples)
    starts = list(range(0, samples, batch))
    if len(starts) > 1 and samples - starts[-1] == 1 and batch > 1:
        del starts[-1]
    ends = [*starts[1:], samples]
    return [order[start:end] for start, end in zip(starts, ends, strict=True)]
