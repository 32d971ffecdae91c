"""The coordinator of a scoring: it alone locks, writes and publishes the run.

Dataset x backbone -> run directory, resumable after a stop at any moment.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlc_core.atomic_files import write_record
from dlc_core.backbones import Backbone
from dlc_core.backbones.devices import choose_device, repeatable
from dlc_core.datasets import Dataset, require_scorable
from dlc_core.errors import DLCError
from dlc_core.modalities.registry import modality
from dlc_core.records.progress import Meter, Report, Step, save_step, silent
from dlc_core.runs import Run
from dlc_core.runs.begun_here import note_begun
from dlc_core.runs.claim import claim, recording
from dlc_core.runs.lock import writing
from dlc_core.scoring.estimate import Estimate, decode_seconds, estimate, require_room
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.objectives.registry import objective
from dlc_core.scoring.resume_state import Work
from dlc_core.scoring.run_record import continued_record, new_record
from dlc_core.scoring.settings import ScoreSettings
from dlc_core.scoring.task import Task, require_kept
from dlc_core.scoring.units import Engine


def coordinate(
    dataset: Dataset,
    backbone: Backbone,
    *,
    out: str | Path,
    engine: Engine,
    settings: ScoreSettings | None = None,
    resume: bool = False,
    report: Report = silent,
    request: dict[str, Any] | None = None,
    pixel_budget: int | None = None,
) -> Run:
    """Score every sample of a dataset without training and write a run directory.

    score_i = mean over masks t = 0..T-1 of the nearest-centroid loss of sample i under mask t;
    centroids are those of the unmasked encoder. Higher = harder. After each mask the run holds the
    best estimate so far.

    Args:
        dataset: from load_dataset.
        backbone: from load_backbone; a copy of it is masked, itself it stays as it is.
        out: the run directory; must not exist, unless `resume`.
        engine: who runs the units.
        settings: masks, interval, masking, seed, profile, device, precision.
        resume: go on with an interrupted run; a finished one is returned at once.
        report: told of every step.
        request: kept in run.json, to repeat the command.
        pixel_budget: bytes of disk for prepared samples; None takes half of what is free. Where
            they do not fit, each is read twice, and all masks see a shard before the next.

    Returns:
        The finished run; the projection is not part of scoring.

    Raises:
        DLCError: if the run exists, is being written, was begun otherwise, or cannot be scored.

    Reference: arXiv 2402.05356, section 3; the transform is deterministic where the released code
    draws it at random.
    """
    settings = settings or ScoreSettings()
    kind = objective(settings.score)
    _require_fit(dataset, backbone)
    require_scorable(dataset, least=kind.classes)
    device = choose_device(settings.device)
    with repeatable(settings.profile), contextlib.closing(backbone):
        masked = MaskedBackbone(backbone, settings, device=device)
        folder = Path(out).expanduser().absolute()
        needs = _needs(dataset, backbone, masked, folder, settings, pixel_budget)
        if not (folder / "run.json").is_file():  # what cannot be done leaves nothing behind
            require_room(needs, folder)
            require_kept(kind, cached=needs.cached)
        folder = claim(out, resume=resume)
        with writing(folder), recording(folder):
            old = _begun(folder, resume=resume)
            record = new_record(dataset, backbone, settings, masked, engine, request=request or {})
            record["estimate"] = needs.as_record()
            if old is not None:
                record = continued_record(old, record)
                if old["status"] == "done":
                    shutil.rmtree(folder / "work", ignore_errors=True)  # stopped at the last moment
                    return Run.open(folder)
            write_record(folder, record)
            note_begun(folder, record)

            def tell(step: Step) -> None:
                save_step(folder, step)
                report(step)

            if old is None:
                tell(Step("estimated", 0, 0, detail=needs.words()))
            meter = Meter(tell)
            work = Work(
                folder,
                kind=modality(dataset.modality),
                row=backbone.preprocess.row,
                dimension=masked.dimension,
            )
            units = engine.open(dataset, backbone, masked, scratch=work.folder, meter=meter)
            with contextlib.closing(work), contextlib.closing(units):
                Task(
                    folder,
                    dataset,
                    backbone,
                    masked,
                    kind,
                    units,
                    work,
                    needs.cached,
                    meter,
                    record,
                ).run()
            work.remove()
    return Run.open(folder)


def estimate_run(
    dataset: Dataset,
    backbone: Backbone,
    *,
    out: str | Path,
    settings: ScoreSettings | None = None,
    pixel_budget: int | None = None,
) -> Estimate:
    """Return what a scoring would take, from one batch and a few decoded images; write nothing.

    Args:
        dataset, backbone, out, settings, pixel_budget: as in `coordinate`.

    Raises:
        DLCError: if it would not fit, or could not be scored.
    """
    settings, folder = settings or ScoreSettings(), Path(out).expanduser().absolute()
    _require_fit(dataset, backbone)
    device = choose_device(settings.device)
    with repeatable(settings.profile), contextlib.closing(backbone):
        masked = MaskedBackbone(backbone, settings, device=device)
        needs = _needs(dataset, backbone, masked, folder, settings, pixel_budget)
    require_room(needs, folder)
    require_kept(objective(settings.score), cached=needs.cached)
    return replace(needs, decode_seconds=round(decode_seconds(dataset, backbone), 3))


def _needs(
    dataset: Dataset,
    backbone: Backbone,
    masked: MaskedBackbone,
    folder: Path,
    settings: ScoreSettings,
    pixel_budget: int | None,
) -> Estimate:
    twice = objective(settings.score).kept
    return estimate(dataset, backbone, masked, folder, pixel_budget, gathered=twice)


def _require_fit(dataset: Dataset, backbone: Backbone) -> None:
    """Refuse a backbone that is made for another kind of sample."""
    if backbone.preprocess.modality != dataset.modality:
        raise DLCError(
            f"{backbone.name} is given {backbone.preprocess.words}, and a sample of "
            f"{dataset.name} is a {modality(dataset.modality).unit}; choose a backbone for these."
        )


def _begun(folder: Path, *, resume: bool) -> dict[str, Any] | None:
    """Return the record of the run that is to go on, now that the lock is held."""
    if not (folder / "run.json").is_file():
        return None
    if not resume:  # another process was quicker
        raise DLCError(f"{folder} exists already; go on with --resume, or choose another --out.")
    return Run.open(folder, unfinished=True).info
