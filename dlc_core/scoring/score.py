"""Scoring: dataset x backbone -> run directory, resumable after a stop at any mask."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset, Fault, require_classes
from dlc_core.errors import DLCError
from dlc_core.masking import maskable_parameters, masked_counts, masker
from dlc_core.runs import Run
from dlc_core.runs.files import read_json, write_json, write_npy, write_parquet
from dlc_core.runs.lock import writing
from dlc_core.runs.progress import Meter, Report, Step, save_step, silent
from dlc_core.runs.run import FAULT_COLUMNS
from dlc_core.scoring.complexity import (
    class_centroids,
    learning_complexity,
    nearest_centroid_accuracy,
)
from dlc_core.scoring.decoding import Decoded, Pixels, decode
from dlc_core.scoring.forward import feature_batches, full_float32
from dlc_core.scoring.ranking import ranks
from dlc_core.scoring.record import continued_record, new_record
from dlc_core.scoring.settings import ScoreSettings, choose_device
from dlc_core.scoring.work import Work

_PUBLISH_SECONDS = 5.0  # between two looks that readers get at unfinished losses
_LARGEST_FLOAT16 = 65504.0


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
    folder = claim(out, resume=resume)
    with writing(folder), _recording(folder):
        old = read_json(folder / "run.json")
        if old is not None and old.get("status") == "done":
            return Run.open(folder)
        device = choose_device(settings.device)
        encoder = backbone.encoder.to(device)
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
        write_json(folder / "run.json", record)

        def tell(step: Step) -> None:
            save_step(folder, step)
            report(step)

        meter = Meter(tell)
        task = _Task(folder, dataset, backbone, settings, counts, device, meter, record)
        with full_float32():
            task.run([weight for _, weight in weights], pixel_budget)
    return Run.open(folder)


def claim(out: str | Path, *, resume: bool) -> Path:
    """Create the run directory, readable by its owner only, or take the one to go on with.

    Raises:
        DLCError: if it exists without `resume`, holds something else, or cannot be made.
    """
    folder = Path(out).expanduser().absolute()
    try:
        if folder.is_dir() and any(folder.iterdir()):
            if not resume:
                raise DLCError(
                    f"{folder} exists already; go on with --resume, or choose another --out."
                )
            names = {entry.name for entry in folder.iterdir()}
            if "run.json" in names:
                Run.open(folder, unfinished=True)
            elif not names <= {".lock", "work", "progress.json"}:
                raise DLCError(f"{folder} is not empty and no run; choose another --out.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DLCError(
            f"cannot make the run directory {folder}: {error.strerror}; choose another --out."
        ) from error
    return folder


@contextlib.contextmanager
def _recording(folder: Path) -> Iterator[None]:
    """Note in run.json how a scoring ended that did not finish."""
    try:
        yield
    except KeyboardInterrupt:
        _set_status(folder, "interrupted")
        raise
    except DLCError as error:
        _set_status(folder, "failed", str(error))
        raise
    except OSError as error:
        if error.errno != errno.ENOSPC:
            _set_status(folder, "failed", str(error))
            raise
        text = "the disk is full; make room and go on with --resume, what was done is kept."
        with contextlib.suppress(OSError):
            _set_status(folder, "failed", text)
        raise DLCError(text) from error


def _set_status(folder: Path, status: str, error: str = "") -> None:
    record = read_json(folder / "run.json")
    if record is not None and record.get("status") != "done":
        write_json(folder / "run.json", {**record, "status": status, "error": error})


@dataclass
class _Task:
    """One scoring under way: the fixed inputs, and the times it took."""

    folder: Path
    dataset: Dataset
    backbone: Backbone
    settings: ScoreSettings
    counts: NDArray[np.int64]  # (T,)
    device: str
    meter: Meter
    record: dict[str, Any]

    def run(self, weights: list[Any], pixel_budget: int | None) -> None:
        begun = time.monotonic()
        try:
            work = Work(self.folder)
            self._score(work, weights, pixel_budget)
        finally:  # an interrupted run adds up the times of its parts
            timings = self.record["timings"]
            seconds = timings.get("seconds", 0.0) + time.monotonic() - begun
            timings["seconds"] = round(seconds, 3)
            write_json(self.folder / "run.json", self.record)
        work.remove()

    def _score(self, work: Work, weights: list[Any], pixel_budget: int | None) -> None:
        decoded = work.decoded()
        if decoded is None:
            decoded = decode(
                self.dataset,
                self.backbone.preprocess,
                cache=work.pixels,
                thumbnails=self.folder,
                meter=self.meter,
                budget=pixel_budget,
            )
            work.save_decoded(decoded)
        self._write_faults(decoded)
        present, rows = np.unique(self.dataset.class_ids[decoded.good], return_inverse=True)
        require_classes([self.dataset.classes[class_id] for class_id in present])
        pixels = Pixels(self.dataset, self.backbone.preprocess, decoded, work.pixels)
        features = work.features()
        if features is None:
            features = self._features(pixels)
            work.save_features(features)
        losses = self._losses(work, pixels, features, rows, weights)
        self.record["timings"]["decodes"] = pixels.decodes
        self._finish(decoded, losses, features)

    def _features(self, pixels: Pixels) -> NDArray[np.float32]:
        parts = []
        for rows, features in feature_batches(self.backbone, pixels, device=self.device):
            parts.append(features)
            self._scored(0, rows.stop, len(pixels))
        return np.concatenate(parts)

    def _losses(
        self,
        work: Work,
        pixels: Pixels,
        features: NDArray[np.float32],
        class_rows: NDArray[np.int64],
        weights: list[Any],
    ) -> NDArray[np.float64]:
        centroids = class_centroids(features, class_rows, int(class_rows.max()) + 1)
        accuracy = nearest_centroid_accuracy(features, centroids, class_rows)
        self.record["nearest_centroid_accuracy"] = round(accuracy, 6)
        losses = work.losses(len(self.counts), len(pixels))
        done = work.masks_done()
        published = time.monotonic()
        with masker(
            weights, masking=self.settings.masking, seed=self.settings.seed
        ) as zero_smallest:
            for mask, count in enumerate(self.counts):
                if mask in done:
                    continue
                if mask == 0:
                    losses[0] = learning_complexity(features, centroids, class_rows)
                else:
                    zero_smallest(int(count))
                    for rows, part in feature_batches(self.backbone, pixels, device=self.device):
                        losses[mask, rows] = learning_complexity(part, centroids, class_rows[rows])
                        self._scored(mask, rows.stop, len(pixels))
                work.save_mask(losses, mask)
                if time.monotonic() - published > _PUBLISH_SECONDS:
                    write_npy(self.folder / "losses.npy", losses.astype(np.float32))
                    published = time.monotonic()
        return losses

    def _scored(self, mask: int, done: int, samples: int) -> None:
        masks = len(self.counts)
        self.meter(
            "scoring",
            mask * samples + done,
            masks * samples,
            unit="forward passes",
            detail=f"mask {mask + 1} of {masks}",
        )

    def _write_faults(self, decoded: Decoded) -> None:
        faults: list[Fault] = sorted([*self.dataset.faults, *decoded.faults])
        table = pd.DataFrame(faults, columns=FAULT_COLUMNS, dtype="str")
        write_parquet(self.folder / "faults.parquet", table)
        self.record["counts"] = {
            "samples": len(decoded.good),
            "faults": len(faults),
            "classes": len(self.dataset.classes),
        }
        write_json(self.folder / "run.json", self.record)

    def _finish(
        self, decoded: Decoded, losses: NDArray[np.float64], features: NDArray[np.float32]
    ) -> None:
        samples = [self.dataset.samples[i] for i in decoded.good]
        class_ids = np.array([sample.class_id for sample in samples], dtype=np.int64)
        paths = [sample.path for sample in samples]
        scores = losses.mean(axis=0)
        rank, class_rank, percentile = ranks(scores, class_ids, paths)
        table = pd.DataFrame(
            {
                "id": np.array([sample.id for sample in samples], dtype=np.int64),
                "path": paths,
                "label": [self.dataset.classes[class_id] for class_id in class_ids],
                "class_id": class_ids,
                "score": scores,
                "rank": rank,
                "class_rank": class_rank,
                "percentile": percentile,
                "width": decoded.sizes[:, 0],
                "height": decoded.sizes[:, 1],
            }
        )
        write_npy(self.folder / "losses.npy", np.asarray(losses, dtype=np.float32))
        clipped = np.clip(features, -_LARGEST_FLOAT16, _LARGEST_FLOAT16)
        write_npy(self.folder / "features.npy", clipped.astype(np.float16))
        write_parquet(self.folder / "samples.parquet", table)
        self.record["status"] = "done"
