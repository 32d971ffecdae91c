"""Which samples are new since a run was scored, and whether its centroids hold for them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.datasets import Dataset
from dlc_core.errors import DLCError
from dlc_core.modalities.registry import modality_of
from dlc_core.plurals import counted
from dlc_core.runs import Run

LARGEST_SHIFT = 1.5  # standard errors of a centroid


def newcomers(base: Run, dataset: Dataset) -> NDArray[np.int64]:
    """Return the places, in dataset.samples, of what the run has not looked at.

    Args:
        base: a finished run.
        dataset: the same data, listed now.

    Raises:
        DLCError: if classes, labels or files of what was scored changed, or nothing is new.
    """
    if base.info["dataset"].get("labels") == "clusters":
        raise DLCError(f"{_cannot(base)}: its classes are clusters of what was there; score anew.")
    if list(dataset.classes) != base.classes:
        added = [name for name in dataset.classes if name not in base.classes]
        what = f"class {added[0]!r} is new" if added else "the classes are others"
        raise DLCError(f"{_cannot(base)}: {what}, so there is no centroid for it; score anew.")
    scored = dict(zip(base.samples["path"], base.samples["class_id"], strict=True))
    seen = {*scored, *base.faults["path"]}
    there = {sample.path for sample in dataset.samples}
    gone = [path for path in scored if path not in there]
    if gone:
        raise DLCError(
            f"{_cannot(base)}: {len(gone):,} of its samples are gone ({gone[0]}), and its "
            "centroids are made of them, too; bring them back, or score anew."
        )
    begun = _begun(base)
    for sample in dataset.samples:
        if sample.path not in scored:
            continue
        if scored[sample.path] != sample.class_id:
            raise DLCError(f"{_cannot(base)}: {sample.path} has another label now; score anew.")
        if begun is not None and dataset.stamp(sample)[1] > begun:
            raise DLCError(f"{_cannot(base)}: {sample.path} changed since; score anew.")
    places = [place for place, sample in enumerate(dataset.samples) if sample.path not in seen]
    if not places:
        unit = modality_of(base.info["dataset"]).unit
        raise DLCError(f"nothing is new since {base.name} was scored: {counted(len(seen), unit)}.")
    return np.array(places, dtype=np.int64)


def shifts(
    centroids: NDArray[np.float64],
    features: ArrayLike,
    rows: NDArray[np.int64],
    new_features: ArrayLike,
    new_rows: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return how far new samples would move each centroid, in its standard errors, (C,).

    shift_c = ||mean of old and new - mu_c|| / sqrt(s_c^2 / n_c), with s_c^2 the mean squared
    distance of the n_c old samples to mu_c (n_c - 1 of them count). Of new samples that are like
    the old ones it is about sqrt(m / (n + m)) for m of them, so below 1.

    Args:
        centroids: (C, D), as the run was scored with.
        features, rows: (N, D) unmasked features of what was scored, and the class of each.
        new_features, new_rows: (m, D), the same of what is new.

    Returns:
        inf where there is no old sample but a new one; 0 where nothing is new.
    """
    old, new = np.asarray(features), np.asarray(new_features, dtype=np.float64)
    found = np.zeros(len(centroids))
    spreads = _spreads(centroids, old, rows)
    for row in np.unique(new_rows):
        mine = old[rows == row].astype(np.float64)
        if not len(mine):
            found[row] = np.inf
            continue
        mean = np.concatenate([mine, new[new_rows == row]]).mean(axis=0)
        error = np.sqrt(spreads[row] / len(mine))
        distance = float(np.linalg.norm(mean - centroids[row]))
        found[row] = distance / error if error > 0 else (np.inf if distance > 0 else 0.0)
    return found


def require_held(base: Run, found: NDArray[np.float64], names: list[str]) -> None:
    """Refuse to go by centroids that the new samples would move.

    Args:
        base: the run.
        found: (C,) from `shifts`.
        names: of the classes.

    Raises:
        DLCError: naming the class that would move most.
    """
    worst = int(np.argmax(found))
    if found[worst] > LARGEST_SHIFT:
        how = f"{found[worst]:.1f} standard errors" if np.isfinite(found[worst]) else "from nothing"
        raise DLCError(
            f"{_cannot(base)}: the new samples would move the centroid of class "
            f"{names[worst]!r} by {how} (at most {LARGEST_SHIFT:g} are let pass), so they differ "
            "from the old ones and all scores would change; score anew."
        )


def _spreads(
    centroids: NDArray[np.float64], features: NDArray[np.float16], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return s_c^2, (C,); a class of one has the mean of the others."""
    sums, counts = np.zeros(len(centroids)), np.bincount(rows, minlength=len(centroids))
    for row in np.flatnonzero(counts):
        mine = features[rows == row].astype(np.float64)
        sums[row] = ((mine - centroids[row]) ** 2).sum()
    several = counts > 1
    spreads = np.where(several, sums / np.maximum(counts - 1, 1), np.nan)
    usual = float(np.nanmean(spreads)) if several.any() else 0.0
    return np.where(several, spreads, usual)


def _begun(base: Run) -> int | None:
    """Return when the run was begun, in nanoseconds since 1970; None if it does not say."""
    try:
        moment = datetime.strptime(str(base.info.get("created")), "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
    return int(moment.timestamp() + 1) * 10**9


def _cannot(base: Run) -> str:
    return f"what is new cannot be added to {base.name}"
