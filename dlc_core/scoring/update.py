"""New images of data that was scored already: only they are scored, by the centroids there are."""

from __future__ import annotations

import contextlib
import copy
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import read_json, write_record
from dlc_core.backbones import Backbone
from dlc_core.backbones.devices import choose_device, repeatable
from dlc_core.datasets import Dataset
from dlc_core.errors import DLCError
from dlc_core.masking.schedule import PAPER_INTERVAL
from dlc_core.modalities.registry import modality
from dlc_core.records.progress import Meter, Report, Step, save_step, silent
from dlc_core.runs import Run
from dlc_core.runs.begun_here import new_id, note_begun
from dlc_core.runs.claim import claim, recording
from dlc_core.runs.damage import scored_files
from dlc_core.runs.lock import writing
from dlc_core.safe_reading import read_npy
from dlc_core.scoring.first_pass import FirstPass, require_unchanged
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.merge_runs import Added, join
from dlc_core.scoring.new_samples import newcomers, require_held, shifts
from dlc_core.scoring.objectives.centroids import class_centroids
from dlc_core.scoring.objectives.registry import objective
from dlc_core.scoring.resume_state import Work
from dlc_core.scoring.run_record import fingerprint
from dlc_core.scoring.settings import ScoreSettings
from dlc_core.scoring.sweep import Sweep
from dlc_core.scoring.units import Engine


def add_new(
    base: Run,
    dataset: Dataset,
    backbone: Backbone,
    *,
    out: str | Path,
    engine: Engine,
    resume: bool = False,
    report: Report = silent,
) -> Run:
    """Score what is new since a run, and write a run of all of it; the old one stays as it is.

    Scores of the old samples stand; new ones get theirs by the same masks and the same centroids.
    So nothing is computed twice, and all scores compare, as long as the new samples would not have
    moved the centroids (`shifts`): else it says so and stops.

    Args:
        base: a finished run.
        dataset: the same data, listed now.
        backbone: the one it was scored with.
        out: the new run's directory; must not exist, unless `resume`.
        engine: who runs the units.
        resume: go on with an interrupted one.
        report: told of every step.

    Raises:
        DLCError: if that is not possible, with the reason.
    """
    _require_whole(base)
    settings = settings_of(base)
    part = dataset.part(newcomers(base, dataset))
    with repeatable(settings.profile), contextlib.closing(backbone):
        masked = MaskedBackbone(backbone, settings, device=choose_device(settings.device))
        _require_same(base, backbone, masked)
        folder = claim(out, resume=resume)
        with writing(folder), recording(folder):
            record = _record(base, dataset, len(part.samples))
            old = read_json(folder / "run.json")
            if old is not None:
                _require_begun_so(folder, old, record)
                if old["status"] == "done":
                    return Run.open(folder)
                record["timings"] = old.get("timings", record["timings"])
                record["id"] = old.get("id", record["id"])
            write_record(folder, record)
            note_begun(folder, record)

            def tell(step: Step) -> None:
                save_step(folder, step)
                report(step)

            begun = time.monotonic()
            added = _scored(base, folder, part, backbone, masked, engine, Meter(tell))
            join(base, folder, dataset, added, record)
            seconds = record["timings"].get("seconds", 0.0) + time.monotonic() - begun
            record["timings"] = {"seconds": round(seconds, 3), "decodes": added.decodes}
            record.update(status="done", files=scored_files(folder))
            write_record(folder, record)
            shutil.rmtree(folder / "work", ignore_errors=True)
    return Run.open(folder)


def _scored(
    base: Run,
    folder: Path,
    part: Dataset,
    backbone: Backbone,
    masked: MaskedBackbone,
    engine: Engine,
    meter: Meter,
) -> Added:
    """Score the new samples in a folder of unfinished work of their own."""
    inner = folder / "work" / "new"  # its previews are not yet those of the run
    inner.mkdir(parents=True, exist_ok=True)
    row = backbone.preprocess.row
    work = Work(inner, kind=modality(part.modality), row=row, dimension=masked.dimension)
    units = engine.open(part, backbone, masked, scratch=work.folder, meter=meter)
    with contextlib.closing(work), contextlib.closing(units):
        at = work.position(units)
        require_unchanged(work, part, at)
        if not at.looked:
            free = shutil.disk_usage(folder).free
            at = replace(at, cached=2 * len(part.samples) * row.size <= free)
        at = FirstPass(work, part, units).run(at, meter)
        good = work.readable()
        looked = np.array(work.looked.mapped()[good])
        samples = [part.samples[place] for place in good]
        class_ids = np.array([sample.class_id for sample in samples], dtype=np.int64)
        classes, rows = np.unique(base.samples["class_id"], return_inverse=True)
        centroids = centroids_of(base, rows)
        features = np.array(work.features.mapped())
        new_rows = np.searchsorted(classes, class_ids)
        known = np.isin(class_ids, classes)
        if not known.all():
            name = base.classes[int(class_ids[~known][0])]
            raise DLCError(f"class {name!r} had no readable sample in {base.name}; score anew.")
        again = objective(base.info.get("score", "dlc")).again
        assert again is not None  # looked at in _require_whole
        if not samples:
            raise DLCError("none of the new samples could be read; see dlc look for the reasons.")
        moved = shifts(centroids, base.features, rows, features, new_rows)
        require_held(base, moved, [base.classes[class_id] for class_id in classes])
        sweep = Sweep(
            work,
            masked,
            units,
            units.shards(samples, looked, kept=at.cached),
            new_rows,
            again(centroids),
            meter,
            lambda _done: None,
        )
        if len(sweep.run()) < len(masked.schedule):
            raise DLCError("what is added cannot be finished early; go on with --resume.")
        return Added(
            inner, samples, looked, features, np.array(sweep.losses),
            classes[np.minimum(np.array(sweep.predicted), len(classes) - 1)],
            work.faults(), at.decodes, float(moved.max()),
        )  # fmt: skip


def settings_of(run: Run) -> ScoreSettings:
    """Return the settings that a run was scored with."""
    info, masking = run.info, run.info["masking"]
    length = int(masking.get("length", masking["masks"]))
    literal = length == masking["masks"]
    return ScoreSettings(
        masks=length if literal else None,
        interval=masking["interval"] if masking["interval"] != PAPER_INTERVAL else None,
        masking=masking["method"],
        seed=masking["seed"],
        profile=info["profile"],
        device=info["device"],
        precision=info["precision"],
        score=info.get("score", "dlc"),
    )


def centroids_of(run: Run, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the centroids that a run was scored with, (C, D).

    Runs of earlier versions do not keep them: then they are made of the stored features, which are
    rounded to float16.

    Args:
        run: its centroids.npy, or its features.
        rows: (N,) class of each sample, in [0, C).
    """
    run.require("centroids.npy", "features.npy")
    try:
        kept: NDArray[np.float64] = read_npy(run.path / "centroids.npy", mapped=False)
    except (OSError, ValueError):
        kept = np.empty(0)
    shape = int(rows.max()) + 1, run.features.shape[1]
    return kept if kept.shape == shape else class_centroids(run.features, rows, shape[0])


def _require_whole(base: Run) -> None:
    if not base.done or base.partial:
        raise DLCError(f"{base.name} is not scored to its end; go on with dlc score --resume.")
    kind = objective(base.info.get("score", "dlc"))
    if kind.again is None:
        raise DLCError(
            f"{base.name} was scored by {kind.title}, which needs all samples at once; score anew."
        )


def _require_same(base: Run, backbone: Backbone, masked: MaskedBackbone) -> None:
    if backbone.digest() != base.info["backbone"]["digest"]:
        raise DLCError(f"{base.name} was scored with other weights; name them with --weights.")
    if masked.schedule.steps.tolist() != base.info["masking"].get("steps"):
        raise DLCError(f"{base.name} was scored with masks of an earlier version; score anew.")


def _require_begun_so(folder: Path, old: dict[str, Any], record: dict[str, Any]) -> None:
    then, now = old.get("added") or {}, record["added"]
    same = old.get("dataset", {}).get("fingerprint") == record["dataset"]["fingerprint"]
    if then.get("to") != now["to"] or not same:
        raise DLCError(f"{folder} was begun with another run or other files; choose another --out.")


def _record(base: Run, dataset: Dataset, count: int) -> dict[str, Any]:
    record: dict[str, Any] = copy.deepcopy(base.info)
    for name in ("projection", "estimate", "error", "kinds", "files", "digest", "shard_rows"):
        record.pop(name, None)
    record["status"] = "running"
    record["id"] = new_id()
    record["created"] = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    record["dataset"].update(fingerprint=fingerprint(dataset), root=dataset.root)
    record["added"] = {"to": str(base.path), "samples": count}
    record["masking"]["done"] = []  # nothing to be seen before it is joined
    record["timings"] = {}
    return record
