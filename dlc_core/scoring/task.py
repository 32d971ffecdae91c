"""One scoring under way: first pass, masks, and what readers see meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.atomic_files import write_npy, write_record
from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset, Sample, require_classes
from dlc_core.errors import DLCError
from dlc_core.modalities.registry import modality
from dlc_core.records.progress import Meter
from dlc_core.runs.damage import scored_files
from dlc_core.scoring.cautions import Facts, cautions
from dlc_core.scoring.clusters import cluster_caution, clustered
from dlc_core.scoring.first_pass import FirstPass, require_unchanged
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.objectives.base import Found, Known, ObjectiveKind
from dlc_core.scoring.results import Results, write_columns, write_faults, write_features
from dlc_core.scoring.resume_state import Work
from dlc_core.scoring.sweep import Sweep
from dlc_core.scoring.units import Units

_REST = 10.0  # times what a publication costs, at least, lies between two
_QUICK = 0.3  # seconds that a publication may take when the person waits for us to stop


@dataclass
class Task:
    """One scoring under way: the fixed inputs, and what is known so far.

    Attributes:
        folder: the run directory, its lock held.
        dataset, backbone: what is scored, and with what.
        masked: the backbone's working copy.
        kind: the objective.
        units: whoever runs the units.
        work: the folder of unfinished work.
        cached: whether the prepared samples of a new scoring are kept on disk.
        meter: told of progress.
        record: the content of run.json.
    """

    folder: Path
    dataset: Dataset
    backbone: Backbone
    masked: MaskedBackbone
    kind: ObjectiveKind
    units: Units
    work: Work
    cached: bool
    meter: Meter
    record: dict[str, Any]

    def run(self) -> None:
        """Go on from what is on disk to the end, or to where someone asked to finish."""
        timings = self.record["timings"]
        self._begun, self._before = time.monotonic(), timings.get("seconds", 0.0)
        self._published, self._cost, self._unpublished = 0.0, 0.0, False
        self._decodes_before = timings.get("decodes", 0)
        self._unmasked: Found | None = None
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
        at = self.work.position(self.units)
        require_unchanged(self.work, self.dataset, at)
        if not at.looked:
            require_kept(self.kind, cached=self.cached)
            at = replace(at, cached=self.cached)
        self._decodes_before = max(self._decodes_before, at.decodes)
        at = FirstPass(self.work, self.dataset, self.units).run(at, self.meter)
        good = self.work.readable()
        looked = self.work.looked.mapped()[good]
        samples = [self.dataset.samples[i] for i in good]
        write_columns(self.folder, self.dataset, good)
        samples = self._labelled(samples)
        class_ids = np.array([sample.class_id for sample in samples], dtype=np.int64)
        self._count(len(samples), class_ids)
        self._classes, self._rows = np.unique(class_ids, return_inverse=True)
        outputs = self.work.features.mapped()
        if not (self.folder / "features.npy").is_file():
            write_features(self.folder, outputs)
        columns = [name for name, _ in modality(self.dataset.modality).columns]
        self._results = Results(
            self.folder, self.dataset, samples, looked, self._classes, columns=columns
        )
        self._objective = self.kind.begin(outputs, self._rows)
        shards = self.units.shards(samples, looked, kept=at.cached)
        self.record["shard_rows"] = max(shard.stop - shard.start for shard in shards)
        self._sweep = Sweep(
            self.work,
            self.masked,
            self.units,
            shards,
            self._rows,
            self._objective,
            self.meter,
            self._after_mask,
        )
        self._done = self._sweep.run()
        for name, values in self._objective.arrays().items():
            write_npy(self.folder / name, values)
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

    def _count(self, samples: int, class_ids: NDArray[np.int64]) -> None:
        present = np.unique(class_ids)
        self.record["counts"] = {
            "samples": samples,
            "faults": write_faults(self.folder, self.dataset, self.work.faults()),
            "classes": len(present),
        }
        self._save()
        names = [self.dataset.classes[class_id] for class_id in present]
        require_classes(names, least=self.kind.classes)

    def _after_mask(self, done: set[int]) -> None:
        """Let readers see what is known, unless they have just looked."""
        self._done, self._unpublished = done, True
        if time.monotonic() - self._published > _REST * self._cost:
            self._publish()

    def _publish(self) -> None:
        begun = time.monotonic()
        sweep = self._sweep
        weights = sweep.weights(self._done)
        self._results.write(sweep.losses, sweep.predicted, self._done, weights)
        self.record["masking"].update(node_weights=weights.tolist(), last_step=sweep.last_step)
        self._note()
        self._save()
        self._published = time.monotonic()
        self._cost, self._unpublished = self._published - begun, False

    def _note(self) -> None:
        """Put into the record what the masks done so far tell."""
        masking, masked = self.record["masking"], self.masked
        schedule = masked.schedule
        known = Known(
            backbone=self.backbone.name,
            class_names=[self.dataset.classes[class_id] for class_id in self._classes],
            rows=self._rows,
            outputs=self.work.features.mapped(),
            predicted=self._sweep.predicted,
            done=self._done,
            steps=schedule.steps,
            length=schedule.length,
            capacity=1 - schedule.counts / masked.weights,
        )
        if self._unmasked is None:
            self._unmasked = self._objective.unmasked(known)
        found = self._objective.masked(known)
        self.record.update({**self._unmasked.record, **found.record})
        masking.update(done=sorted(self._done), **self._unmasked.masking, **found.masking)
        facts = Facts(
            backbone=self.backbone.name,
            changed=masked.changed,
            zero_share=masked.zeros / masked.weights,
            out_of_reach=masked.out_of_reach,
            open_doors=self.backbone.process.left_open if self.backbone.process else (),
        )
        said = {**self._unmasked.cautions, **found.cautions}
        self.record["warnings"] = cautions(facts, said)
        if self.dataset.asked.clusters is not None:
            self.record["warnings"].insert(0, cluster_caution(len(self._classes)))

    def _save(self) -> None:
        """Write run.json; an interrupted run adds up the times of its parts."""
        seconds = round(self._before + time.monotonic() - self._begun, 3)
        self.record["timings"] = {
            "seconds": seconds,
            "decodes": self._decodes_before + self.units.decodes,
        }
        self.record["batch"] = self.masked.limit
        write_record(self.folder, self.record)


def require_kept(kind: ObjectiveKind, *, cached: bool) -> None:
    """Refuse an objective that goes mask by mask where prepared samples are not kept.

    Raises:
        DLCError: if it needs them and they are not.
    """
    if kind.kept and not cached:
        raise DLCError(
            f"{kind.title} needs the decoded samples on disk and they do not fit; make room, allow "
            "more with --cache-gb, choose another --out, or score dlc."
        )
