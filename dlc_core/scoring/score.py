"""Scoring: dataset x backbone -> run directory, resumable after a stop at any mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset, require_classes
from dlc_core.errors import DLCError
from dlc_core.masking import maskable_parameters, masked_counts
from dlc_core.runs import Run
from dlc_core.runs.claim import claim, recording
from dlc_core.runs.files import write_json
from dlc_core.runs.lock import writing
from dlc_core.runs.progress import Meter, Report, Step, save_step, silent
from dlc_core.scoring.forward import full_float32, require_input
from dlc_core.scoring.record import continued_record, new_record
from dlc_core.scoring.settings import ScoreSettings, choose_device
from dlc_core.scoring.task import Task
from dlc_core.scoring.work import Work


def score_run(
    dataset: Dataset,
    backbone: Backbone,
    *,
    out: str | Path,
    settings: ScoreSettings | None = None,
    resume: bool = False,
    report: Report = silent,
    request: dict[str, Any] | None = None,
    pixel_budget: int | None = None,
) -> Run:
    """Score every sample of a dataset without training and write a run directory.

    score_i = mean over masks t = 0..T-1 of the nearest-centroid loss of sample i under mask t;
    centroids are those of the unmasked encoder. Higher = harder.

    Args:
        dataset: from load_dataset.
        backbone: from load_backbone; its weights are masked in place and restored afterwards.
        out: the run directory; must not exist, unless `resume`.
        settings: masks, interval, masking, seed, device.
        resume: go on with an interrupted run; a finished one is returned at once.
        report: told of every step.
        request: kept in run.json, to repeat the command.
        pixel_budget: bytes of disk for decoded images; None takes half of what is free, 0 none
            (then every mask decodes again).

    Returns:
        The finished run; the projection is not part of scoring.

    Raises:
        DLCError: if the run exists, is being written, was begun otherwise, or cannot be scored.

    Reference: arXiv 2402.05356, section 3; the transform is deterministic where the released code
    takes random crops.
    """
    settings = settings or ScoreSettings()
    require_classes([dataset.classes[class_id] for class_id in np.unique(dataset.class_ids)])
    device = choose_device(settings.device)
    encoder = backbone.encoder.to(device)
    require_input(backbone, device=device)
    folder = claim(out, resume=resume)
    with writing(folder), recording(folder):
        old = _begun(folder, resume=resume)
        weights = maskable_parameters(encoder, convolutions=backbone.convolutions)
        total_weights = sum(weight.numel() for _, weight in weights)
        counts = masked_counts(total_weights, masks=settings.masks, interval=settings.interval)
        record = new_record(
            dataset,
            backbone,
            settings,
            counts=counts,
            weights=total_weights,
            device=device,
            request=request or {},
        )
        if old is not None:
            record = continued_record(old, record)
            if old["status"] == "done":
                Work(folder).remove()  # left over if the last moment was interrupted
                return Run.open(folder)
        write_json(folder / "run.json", record)

        def tell(step: Step) -> None:
            save_step(folder, step)
            report(step)

        meter = Meter(tell)
        task = Task(folder, dataset, backbone, settings, counts, device, meter, record)
        with full_float32():
            task.run([weight for _, weight in weights], pixel_budget)
    return Run.open(folder)


def _begun(folder: Path, *, resume: bool) -> dict[str, Any] | None:
    """Return the record of the run that is to go on, now that the lock is held."""
    if not (folder / "run.json").is_file():
        return None
    if not resume:  # another process was quicker
        raise DLCError(f"{folder} exists already; go on with --resume, or choose another --out.")
    return Run.open(folder, unfinished=True).info
