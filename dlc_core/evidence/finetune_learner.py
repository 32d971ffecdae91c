"""A learner that fine-tunes the run's own backbone on the kept images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.backbones.devices import choose_device
from dlc_core.datasets.registry import reader_of
from dlc_core.records.progress import Meter, Report, silent
from dlc_core.runs import Run
from dlc_core.training.checkpoint import Checkpoint
from dlc_core.training.finetune_loop import Training
from dlc_core.training.finetune_settings import FinetuneSettings
from dlc_core.training.from_run import backbone_of_run, dataset_of_run
from dlc_core.training.images import Stop, TrainingImages, nobody, stored

if TYPE_CHECKING:
    from dlc_core.evidence.material import Part


def finetuner(
    run: Run,
    *,
    held: Run | None = None,
    settings: FinetuneSettings | None = None,
    backbone: Backbone | None = None,
    checkpoints: Path | None = None,
    report: Report = silent,
    stop: Stop = nobody,
) -> Callable[..., NDArray[np.int64]]:
    """Return a learner that fine-tunes the backbone of a run (see `FinetuneSettings`).

    It opens everything now, so that what is missing is said before anything slow begins. Images are
    decoded when they are first needed and kept for all later subsets, where they fit the memory.
    Only the classes that the subset holds are learned and named.

    Args:
        run: the samples that subsets are drawn from; they and the weights must still be there.
        held: the run whose samples are held out; None = `run` itself.
        settings: how; None = the defaults.
        backbone: from `backbone_of_run`; None loads it.
        checkpoints: a folder for the state after each epoch, which a later call for the same
            subset, seed and settings goes on from; None keeps none.
        report: told of decoding, epochs, loss and the time left.
        stop: called between batches and images; raises to stop.

    Raises:
        DLCError: if weights or images are gone or others, or the device is not there.
    """
    settings = settings or FinetuneSettings()
    backbone = backbone or backbone_of_run(run)
    preprocess = stored(backbone.images(), settings.side(backbone.images()))
    meter = Meter(report)
    sets = [dataset_of_run(run)] + ([dataset_of_run(held)] if held else [])
    everything = sum(len(one.samples) for one in sets)
    images = [
        TrainingImages(
            one,
            preprocess,
            memory_bytes=settings.memory_bytes * len(one.samples) // max(1, everything),
            meter=meter,
        )
        for one in sets
    ]
    device = choose_device(settings.device)
    own = reader_of({"kind": sets[0].kind})
    same = own is None or own.mirrored
    flip = same if settings.flip is None else settings.flip
    training = Training(backbone, settings, device, flip, meter, stop)
    named = [sample.path for sample in sets[0].samples]
    told = settings.method(backbone.images()), backbone.digest(), device, flip

    def learn(part: Part, kept: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
        rows = part.train[kept]
        present, targets = np.unique(part.targets[kept], return_inverse=True)
        if len(present) < 2:
            return np.full(len(part.held), present[0] if len(present) else -1, dtype=np.int64)
        saved = None
        if checkpoints is not None:
            subset = [named[row] for row in rows.tolist()]
            saved = Checkpoint.of(
                checkpoints, told, seed, subset, present.tolist(), targets.tolist()
            )
        network = training.train(images[0], rows, targets, len(present), seed=seed, saved=saved)
        logits = training.logits(network, images[-1], part.held)
        if saved is not None:
            saved.remove()
        said = np.argmax(logits, axis=1) if len(logits) else np.empty(0, dtype=np.int64)
        return np.asarray(present[said], dtype=np.int64)

    return learn
