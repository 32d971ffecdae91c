"""One scoring under way: decode, features, losses mask by mask, results."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset, require_classes
from dlc_core.masking import masker
from dlc_core.runs.files import write_json, write_npy
from dlc_core.runs.progress import Meter
from dlc_core.scoring.complexity import (
    class_centroids,
    learning_complexity,
    nearest_centroid_accuracy,
)
from dlc_core.scoring.decoding import Decoded, Pixels, decode
from dlc_core.scoring.forward import feature_batches
from dlc_core.scoring.results import write_faults, write_results
from dlc_core.scoring.settings import ScoreSettings
from dlc_core.scoring.work import Work

_PUBLISH_SECONDS = 5.0  # between two looks that readers get at unfinished losses


@dataclass
class Task:
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
        decoded = work.decoded(crop=self.backbone.preprocess.crop)
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
        self._count(decoded)
        present, rows = np.unique(self.dataset.class_ids[decoded.good], return_inverse=True)
        require_classes([self.dataset.classes[class_id] for class_id in present])
        pixels = Pixels(self.dataset, self.backbone.preprocess, decoded, work.pixels)
        features = work.features(len(pixels))
        if features is None:
            features = self._features(pixels)
            work.save_features(features)
        losses = self._losses(work, pixels, features, rows, weights)
        self.record["timings"]["decodes"] = pixels.decodes
        write_results(self.folder, self.dataset, decoded, losses, features)
        self.record["status"] = "done"

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
        done = work.masks_done(losses)
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
                done.add(mask)
                work.save_mask(losses, done)
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

    def _count(self, decoded: Decoded) -> None:
        self.record["counts"] = {
            "samples": len(decoded.good),
            "faults": write_faults(self.folder, self.dataset, decoded),
            "classes": len(np.unique(self.dataset.class_ids[decoded.good])),
        }
        write_json(self.folder / "run.json", self.record)
