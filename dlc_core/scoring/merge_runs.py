"""Joining the samples of a run and those that were added to it into one run directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.atomic_files import write_npy, write_parquet, write_rows
from dlc_core.datasets import Dataset, Fault, Sample
from dlc_core.modalities.registry import modality_of
from dlc_core.previews import join_previews
from dlc_core.runs import Run
from dlc_core.runs.damage import OF_SCORING
from dlc_core.safe_reading import read_npy
from dlc_core.scoring.results import weighted_mean, write_columns, write_faults
from dlc_core.scoring.samples_table import known_columns, with_scores

_ROWS = 4096


@dataclass(frozen=True)
class Added:
    """What was found out about m new samples.

    Attributes:
        folder: where their previews are.
        samples: (m) the readable ones, in the dataset's order.
        looked: (m,) records of the modality's columns.
        features: (m, D) float32, unmasked.
        losses: (M, m) float64.
        nearest: (M, m) class_id of the nearest centroid.
        faults: what could not be read.
        decodes: images decoded.
        shift: how far they would move the centroid that they would move most, in standard errors.
    """

    folder: Path
    samples: Sequence[Sample]
    looked: NDArray[Any]
    features: NDArray[np.float32]
    losses: NDArray[np.float64]
    nearest: NDArray[np.int64]
    faults: Sequence[Fault]
    decodes: int
    shift: float


def join(base: Run, folder: Path, dataset: Dataset, added: Added, record: dict[str, Any]) -> None:
    """Write the files of the run of all samples, in the dataset's order.

    Args:
        base: the run that is added to.
        folder: the new run's directory.
        dataset: all of the data, as it is listed now.
        added: the new samples.
        record: the content of run.json, completed here.
    """
    base.require(*OF_SCORING)
    table, weights = base.samples, np.array(record["masking"]["node_weights"])
    ids = {sample.path: sample.id for sample in dataset.samples}
    columns = [name for name, _ in modality_of(base.info["dataset"]).columns]
    new = known_columns(dataset, added.samples, added.looked, columns=columns)
    new = new.assign(score=weighted_mean(added.losses, weights))
    old = table[new.columns].assign(id=table["path"].map(ids))
    whole = pd.concat([old, new], ignore_index=True)
    order = np.argsort(whole["id"].to_numpy(), kind="stable")
    whole = whole.iloc[order].reset_index(drop=True)
    whole = with_scores(whole, whole["score"].to_numpy(np.float64))
    shape = base.losses.shape[0], len(whole)

    def beside(mine: NDArray[Any], theirs: NDArray[Any]) -> Any:
        return lambda start, stop: np.concatenate([mine[start:stop], theirs[start:stop]], axis=1)[
            :, order
        ]

    write_rows(folder / "losses.npy", shape, np.float32, 1, beside(base.losses, added.losses))
    write_rows(folder / "predicted.npy", shape, np.uint16, 1, beside(base.predicted, added.nearest))
    _write_features(folder, base, added, order)
    before, new_previews = (base.path, len(base.samples)), (added.folder, len(added.samples))
    join_previews(folder, before, new_previews, order)
    places = {sample.id: place for place, sample in enumerate(dataset.samples)}
    readable = np.array([places[identity] for identity in whole["id"]], dtype=np.int64)
    write_columns(folder, dataset, readable)
    listed = {fault.path for fault in dataset.faults}
    faults = [Fault(*row) for row in base.faults.itertuples(index=False) if row.path not in listed]
    count = write_faults(folder, dataset, [*faults, *added.faults])
    write_parquet(folder / "samples.parquet", whole)
    if (base.path / "centroids.npy").is_file():
        write_npy(folder / "centroids.npy", read_npy(base.path / "centroids.npy"))
    classes = whole["class_id"].nunique()
    record["counts"] = {"samples": len(whole), "faults": count, "classes": classes}
    record["masking"]["done"] = base.masks_done
    record["added"].update(samples=len(new), shift=round(added.shift, 3))
    warnings = [one for one in record.get("warnings", []) if one.get("code") != "added"]
    record["warnings"] = [*warnings, {"code": "added", "text": _caution(base, len(new))}]


def _caution(base: Run, count: int) -> str:
    s, were, they = ("", "was", "it") if count == 1 else ("s", "were", "they")
    return (
        f"{count:,} sample{s} {were} added to {base.name} and scored by its "
        f"centroids, which {they} would have moved by less than 1.5 of their standard errors."
    )


def _write_features(folder: Path, base: Run, added: Added, order: NDArray[np.int64]) -> None:
    limit = float(np.finfo(np.float16).max)
    mine, theirs = base.features, np.clip(added.features, -limit, limit).astype(np.float16)

    def part(start: int, stop: int) -> NDArray[Any]:
        wanted = order[start:stop]
        values = np.empty((len(wanted), mine.shape[1]), np.float16)
        late = wanted >= len(mine)
        values[~late], values[late] = mine[wanted[~late]], theirs[wanted[late] - len(mine)]
        return values

    write_rows(folder / "features.npy", (len(order), mine.shape[1]), np.float16, _ROWS, part)
