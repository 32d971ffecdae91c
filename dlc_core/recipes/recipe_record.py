"""A recipe with all that it rests on: data, scores, decisions, versions, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.decisions import read_log
from dlc_core.recipes.subset import Subset
from dlc_core.runs import Run
from dlc_core.selection.candidates import Candidates
from dlc_core.versions import versions

FORMAT = 1


def recipe_record(
    run: Run,
    samples: Candidates,
    subset: Subset,
    *,
    relabelled: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """Return what rebuilds a subset, as JSON values.

    Args:
        run: the run that it was chosen from.
        samples: the candidates with the pins and exclusions that were honoured.
        subset: what the recipe keeps.
        relabelled: id -> decided label; None = those that stand in the run now.

    Returns:
        `recipe` (the values), `dataset` and `run` (what it was chosen from, with digests of the
        backbone's weights and of the scores), `decisions` (paths of pins and exclusions, decided
        labels), `subset` (how many, and a digest of the kept paths), `versions`.
    """
    info = run.info
    ids = run.samples["id"].to_numpy()
    if relabelled is None:
        relabelled = read_log(run.path).state(ids).relabelled
    paths = samples.keys
    return {
        "format": FORMAT,
        "recipe": subset.recipe.as_dict(),
        "dataset": {key: info["dataset"].get(key) for key in ("name", "split", "fingerprint")},
        "run": {
            "name": run.name,
            "score": info.get("score", "dlc"),
            "profile": info.get("profile"),
            "backbone": info["backbone"]["name"],
            "weights": info["backbone"].get("digest"),
            "masks": len(run.masks_done),
            "scores": scores_digest(samples),
        },
        "decisions": {
            "pinned": _paths(paths, samples.pinned),
            "excluded": _paths(paths, samples.excluded),
            "relabelled": {
                paths[int(np.searchsorted(ids, identity))]: label
                for identity, label in relabelled.items()
            },
        },
        "subset": {
            "kept": len(subset),
            "of": subset.total,
            "digest": kept_digest(samples, subset.positions),
        },
        "versions": versions(),
    }


def _paths(paths: tuple[str, ...], mask: NDArray[np.bool_]) -> list[str]:
    return sorted(paths[row] for row in np.flatnonzero(mask).tolist())


def kept_digest(samples: Candidates, positions: NDArray[np.int64]) -> str:
    """Return a digest of the kept samples' paths, whatever their order."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(samples.keys[row] for row in positions.tolist()):
        digest.update(path.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def scores_digest(samples: Candidates) -> str:
    """Return a digest of paths and scores, whatever the order of the rows."""
    order = np.argsort(samples.key_place)
    digest = hashlib.blake2b(digest_size=16)
    for row in order.tolist():
        digest.update(samples.keys[row].encode("utf-8", "surrogateescape") + b"\0")
    digest.update(np.ascontiguousarray(samples.scores[order], dtype="<f8").tobytes())
    return digest.hexdigest()
