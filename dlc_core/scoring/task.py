"""One scoring under way: first pass, masks, and what readers see meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import write_npy, write_record
from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset, Sample, require_classes
from dlc_core.errors import DLCError
from dlc_core.records.progress import Meter
from dlc_core.runs.damage import scored_files
from dlc_core.scoring.cautions import Facts, balanced_accuracy, cautions, held_out_accuracy
from dlc_core.scoring.clusters import cluster_caution, clustered
from dlc_core.scoring.encoder import MaskedEncoder
from dlc_core.scoring.first_pass import FirstPass, require_unchanged
from dlc_core.scoring.objectives.calibrated_centroids import CalibratedSweep
from dlc_core.scoring.pixels import DecodedPixels, KeptPixels, Pixels
from dlc_core.scoring.results import Results, write_columns, write_faults, write_features
from dlc_core.scoring.resume_state import Work
from dlc_core.scoring.sweep import Sweep

SWEEPS: dict[str, type[Sweep]] = {"dlc": Sweep, "dlc-calibrated": CalibratedSweep}
_REST = 10.0  # times what a publication costs, at least, lies between two
_QUICK = 0.3  # seconds that a publication may take when the person waits for us to stop


@dataclass
class Task:
    """One scoring under way: the fixed inputs, and what is known so far.

    Attributes:
        folder: the run directory, its lock held.
        dataset, backbone: what is scored, and with what.
        encoder: the backbone's working copy.
        work: the folder of unfinished work.
        cached: whether the pixels of a new scoring are kept on disk.
        meter: told of progress.
        record: the content of run.json.
    """

    folder: Path
    dataset: Dataset
    backbone: Backbone
    encoder: MaskedEncoder
    work: Work
    cached: bool
    meter: Meter
    record: dict[str, Any]

    def run(self) -> None:
        """Go on from what is on disk to the end, or to where someone asked to finish."""
        timings = self.record["timings"]
        self._begun, self._before = time.monotonic(), timings.get("seconds", 0.0)
        self._published, self._cost, self._unpublished = 0.0, 0.0, False
        self._pixels: Pixels | None = None
        self._first: FirstPass | None = None
        self._decodes_before = timings.get("decodes", 0)
        try:
            self._score()
            self.record.update(status="done", files=scored_files(self.folder))
        except KeyboardInterrupt:
            if self._unpublished and self._cost < _QUICK:
                self._publish()
            raise
        finally:
            self._save()

    def _score(self) -> None:
        at = self.work.position()
        require_unchanged(self.work, self.dataset, at)
        if not at.images:
            require_kept(self.record["score"], cached=self.cached)
            at = replace(at, cached=self.cached)
        self._decodes_before = max(self._decodes_before, at.decodes)
        self._first = FirstPass(self.work, self.dataset, self.backbone.preprocess, self.encoder)
        self._at = self._first.run(at, self.meter)
        self._images = self.work.images.mapped()
        good = np.flatnonzero(self._images["width"] > 0)
        self._images = self._images[good]
        samples = [self.dataset.samples[i] for i in good]
        write_columns(self.folder, self.dataset, good)
        samples = self._labelled(samples)
        class_ids = np.array([sample.class_id for sample in samples], dtype=np.int64)
        self._count(len(samples), class_ids)
        self._classes, rows, self._sizes = np.unique(
            class_ids, return_inverse=True, return_counts=True
        )
        if not (self.folder / "features.npy").is_file():
            write_features(self.folder, self.work.features.mapped())
        self._results = Results(self.folder, self.dataset, samples, self._images, self._classes)
        self._pixels = self._source(samples)
        self._sweep = SWEEPS[self.record["score"]](
            self.work, self.encoder, self._pixels, rows, self.meter, self._after_mask
        )
        self._done = self._sweep.run()
        write_npy(self.folder / "centroids.npy", self._sweep.mu)
        self._publish()

    def _labelled(self, samples: list[Sample]) -> list[Sample]:
        """Give samples without labels their clusters."""
        if self.dataset.asked.clusters is None or len(samples) < 2:
            return samples
        self.dataset, samples = clustered(
            self.dataset,
            samples,
            self.work.features.mapped(),
            seed=self.record["masking"]["seed"],
            keep=self.work.folder / "clusters.npy",
        )
        self.record["dataset"].update(classes=list(self.dataset.classes), labels="clusters")
        return samples

    def _source(self, samples: list[Sample]) -> Pixels:
        if self._at.cached:
            return KeptPixels(self.work.pixels, len(samples))
        return DecodedPixels(
            self.dataset,
            self.backbone.preprocess,
            samples,
            self._images,
            batch=self.encoder.batch,
            meter=self.meter,
        )

    def _count(self, samples: int, class_ids: NDArray[np.int64]) -> None:
        present = np.unique(class_ids)
        self.record["counts"] = {
            "samples": samples,
            "faults": write_faults(self.folder, self.dataset, self.work.faults()),
            "classes": len(present),
        }
        self._save()
        require_classes([self.dataset.classes[class_id] for class_id in present])

    def _after_mask(self, done: set[int]) -> None:
        """Let readers see what is known, unless they have just looked."""
        self._done, self._unpublished = done, True
        if time.monotonic() - self._published > _REST * self._cost:
            self._publish()

    def _publish(self) -> None:
        begun = time.monotonic()
        sweep = self._sweep
        weights = sweep.weights(self._done)
        self._results.write(sweep.losses, sweep.nearest, self._done, weights)
        self.record["masking"].update(node_weights=weights.tolist(), last_step=sweep.last_step)
        self._note(sweep)
        self._save()
        self._published = time.monotonic()
        self._cost, self._unpublished = self._published - begun, False

    def _note(self, sweep: Sweep) -> None:
        """Put into the record what the masks done so far tell."""
        masking, sizes = self.record["masking"], self._sizes
        accuracy = [
            balanced_accuracy(nearest, sweep.rows, sizes) if mask in self._done else None
            for mask, nearest in enumerate(sweep.nearest)
        ]
        plain = np.count_nonzero(sweep.nearest[0] == sweep.rows) / len(sweep.rows)
        self.record["nearest_centroid_accuracy"] = round(float(plain), 6)
        known = not np.isnan(self._held_out)
        self.record["held_out_accuracy"] = round(self._held_out, 6) if known else None
        masking["done"] = sorted(self._done)
        masking["accuracy"] = [None if value is None else round(value, 6) for value in accuracy]
        schedule = self.encoder.schedule
        facts = Facts(
            backbone=self.backbone.name,
            class_names=[self.dataset.classes[class_id] for class_id in self._classes],
            class_sizes=sizes,
            capacity=1 - schedule.counts / self.encoder.weights,
            steps=schedule.steps,
            length=schedule.length,
            changed=self.encoder.changed,
            zero_share=self.encoder.zeros / self.encoder.weights,
            accuracy=accuracy,
            held_out=self._held_out,
            out_of_reach=self.encoder.out_of_reach,
            stops=sweep.last_step is not None,
            open_doors=self.backbone.process.left_open if self.backbone.process else (),
        )
        self.record["warnings"] = cautions(facts)
        if self.dataset.asked.clusters is not None:
            self.record["warnings"].insert(0, cluster_caution(len(self._classes)))

    @cached_property
    def _held_out(self) -> float:
        sweep, features = self._sweep, self.work.features.mapped()
        return held_out_accuracy(features, sweep.centroids, sweep.rows, self._sizes)

    def _save(self) -> None:
        """Write run.json; an interrupted run adds up the times of its parts."""
        seconds = round(self._before + time.monotonic() - self._begun, 3)
        here = self._first.decodes if self._first else 0
        if isinstance(self._pixels, DecodedPixels):
            here += self._pixels.decodes
        self.record["timings"] = {"seconds": seconds, "decodes": self._decodes_before + here}
        self.record["batch"] = self.encoder.limit
        write_record(self.folder, self.record)


def require_kept(score: str, *, cached: bool) -> None:
    """Refuse the calibrated score where pixels are not kept: it sees them mask by mask.

    Raises:
        DLCError: if it is asked for and they are not.
    """
    if score == "dlc-calibrated" and not cached:
        raise DLCError(
            "dlc-calibrated needs the decoded images on disk and they do not fit; make room, allow "
            "more with --cache-gb, choose another --out, or score dlc."
        )
