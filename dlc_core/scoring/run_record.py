"""run.json: what was asked, on what, with which versions, and how far it came."""

from __future__ import annotations

import hashlib
import platform
import time
from importlib import metadata
from typing import Any

from dlc_core.backbones import Backbone
from dlc_core.datasets import Dataset
from dlc_core.errors import DLCError
from dlc_core.plurals import counted
from dlc_core.runs import FORMAT
from dlc_core.runs.begun_here import new_id
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.settings import ScoreSettings
from dlc_core.scoring.units import Engine

_MOST_LAYERS = 2000  # names of masked weights that run.json lists


def fingerprint(dataset: Dataset) -> str:
    """Return a hash of the listing: the same samples in the same order, the same fingerprint."""
    digest = hashlib.blake2b(digest_size=16)
    for sample in dataset.samples:
        digest.update(f"{sample.id}\0{sample.path}\0{sample.class_id}\n".encode())
    return digest.hexdigest()


def new_record(
    dataset: Dataset,
    backbone: Backbone,
    settings: ScoreSettings,
    masked: MaskedBackbone,
    engine: Engine,
    *,
    request: dict[str, Any],
) -> dict[str, Any]:
    """Return the content of run.json at the start of a scoring.

    Args:
        dataset, backbone, settings: what is scored, with what, and how.
        masked: the backbone's working copy with its masks.
        engine: who runs the units.
        request: the command's own arguments, to repeat or resume it.
    """
    import torch

    schedule = masked.schedule
    return {
        "format": FORMAT,
        "id": new_id(),
        "status": "running",
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "request": request,
        "dataset": {
            "kind": dataset.kind,
            "modality": dataset.modality,
            "name": dataset.name,
            "root": dataset.root,
            "split": dataset.split,
            "classes": list(dataset.classes),
            "fingerprint": fingerprint(dataset),
            "source": dataset.source,
            "asked": dataset.asked.given(),
            "files": dataset.encoded is None and bool(dataset.root),
            "notes": [*dataset.cautions, *dataset.notes],
            "labels": "clusters" if dataset.asked.clusters else "given",
        },
        "backbone": {
            "name": backbone.name,
            "weights": backbone.weights,
            "digest": backbone.digest(),
            "preprocess": backbone.preprocess.as_record(),
            "pooling": backbone.pooling,
            "dimension": masked.dimension,
            "masked": [name for name, _ in backbone.maskable()][:_MOST_LAYERS],
        },
        "masking": {
            "method": settings.masking,
            "masks": len(schedule),
            "interval": schedule.interval,
            "seed": settings.seed,
            "weights": masked.weights,
            "zeros": masked.zeros,
            "length": schedule.length,
            "steps": schedule.steps.tolist(),
            "mask_ratio": (schedule.counts / masked.weights).tolist(),
            "node_weights": schedule.weights().tolist(),
            "done": [],
        },
        "score": settings.score,
        "profile": settings.profile,
        "precision": masked.precision,
        "device": masked.device,
        "threads": torch.get_num_threads(),
        "engine": engine.as_record(),
        "folded_norms": masked.folded,
        **({} if backbone.process is None else {"sandbox": backbone.process.closed}),
        "warnings": [],
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("torch", "numpy", "pillow")},
        },
        "counts": {},
        "timings": {},
    }


def continued_record(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the record with which an interrupted run goes on.

    Raises:
        DLCError: if the run was begun with something else, naming what differs.
    """
    for section, key, words in (
        ("dataset", "fingerprint", "the list of the dataset's files"),
        ("backbone", "name", "the backbone"),
        ("backbone", "digest", "the weights"),
        ("backbone", "preprocess", "the preprocessing"),
        ("masking", "masks", "masks"),
        ("masking", "interval", "interval"),
        ("masking", "steps", "the profile's masks"),
        ("masking", "method", "masking"),
        ("masking", "seed", "seed"),
    ):
        if key not in old[section]:  # begun by an earlier version
            continue
        before, now = _plain(old[section][key]), _plain(new[section][key])
        if before != now:
            values = "" if key in ("fingerprint", "digest") else f" ({before}, now {now})"
            raise DLCError(
                f"cannot go on with this run: {words} changed since it was begun{values}; score "
                "into another directory."
            )
    before, now = (one["dataset"].get("asked", {}).get("clusters") for one in (old, new))
    if before != now:
        raise DLCError(
            f"cannot go on with this run: it was begun with {_clusters(before)} and would "
            f"go on with {_clusters(now)}; score into another directory."
        )
    for key in ("device", "precision", "score", "profile"):
        if old.get(key, new[key]) != new[key]:
            raise DLCError(
                f"cannot go on with this run: it was begun on {key} {old[key]} and would go "
                f"on with {new[key]}; choose --{key} {old[key]}, or another directory."
            )
    # What was found out stays; only what is asked for now is new.
    found = _part(old["masking"], "done", "accuracy", "node_weights", "last_step")
    kept = _part(old, "id", "created", "timings", "counts", "warnings", "estimate")
    merged = {**old, **new, **kept, "masking": {**new["masking"], **found}}
    if new["dataset"].get("labels") == "clusters":  # found by the first pass, not by listing
        classes = old["dataset"]["classes"]
        merged["dataset"] = {**new["dataset"], "classes": classes}
    merged.pop("error", None)
    return merged


def _part(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: record[key] for key in keys if key in record}


def _plain(value: Any) -> Any:
    # What was JSON once has lists where a fresh record has tuples.
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _clusters(count: int | None) -> str:
    return counted(count, "cluster") if count else "no clusters"
