"""Finding all issues of a run and storing them in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.atomic_files import write_npy, write_parquet
from dlc_core.issues import duplicates, outliers, quality
from dlc_core.issues.cross_validation import HeldOut, held_out
from dlc_core.issues.identical_files import leaks
from dlc_core.issues.label_errors import SMALLEST, disagreement, suspicion
from dlc_core.issues.nearest_neighbours import nearest
from dlc_core.issues.registry import most_probable
from dlc_core.issues.stored import COLUMNS, DISTANCES_FILE, KINDS_FILE, NEIGHBOURS_FILE
from dlc_core.issues.thumbnail_pass import Pictures, read_pictures
from dlc_core.needs import lacking
from dlc_core.records.progress import Meter, Report, Step, save_step, silent
from dlc_core.runs import Run
from dlc_core.runs.group_column import column_groups, group_column_of
from dlc_core.runs.lock import writing
from dlc_core.runs.reduced_features import reduced_features

_STEPS = 1000  # the whole job; the shares below were measured on 2,000 photos
_SHARES = {"neighbours": 150, "label errors": 250, "pictures": 550, "files": 50}

Columns = dict[str, object]


def find_issues(run: Run, *, seed: int = 0, report: Report = silent) -> None:
    """Find the issues of every sample of a run, and store them there.

    Writes `neighbours.npy`, `neighbour_distances.npy` and, last, `kinds.parquet`; what was there
    before is replaced. No original image is decoded: thumbnails and features are in the run; files
    are hashed where they may be copies of each other, if they can be read.

    Args:
        run: a run with scores; what it lacks for an issue leaves that one unfound.
        seed: of folds, random parts and the approximate search; same seed, same result.
        report: told of the steps of phase "inspecting".

    Raises:
        DLCError: if another process is writing the run, or its features are damaged.
    """
    with writing(run.path):
        run.require("samples.parquet", "features.npy", "thumbnails.bin", "thumbnails.npy")
        progress = _Progress(run, report)
        labels = run.samples["class_id"].to_numpy(dtype=np.int64)
        featureless = bool(lacking(run, ("features",)))
        if featureless:  # all alike: nothing is said of labels, outliers and the like
            values = np.zeros((len(labels), 1), dtype=np.float32)
            rows = np.empty((len(labels), 0), dtype=np.int32)
            distances = np.empty((len(labels), 0), dtype=np.float32)
        else:
            values = reduced_features(run, seed=seed)
            rows, distances = nearest(values, seed=seed, told=progress.within("neighbours"))
            write_npy(run.path / NEIGHBOURS_FILE, rows, summed=True)
            write_npy(run.path / DISTANCES_FILE, distances, summed=True)
        judged = held_out(
            values, labels, groups=_groups(run), seed=seed, told=progress.within("label errors")
        )
        pictures = read_pictures(run, told=progress.within("pictures", "duplicates and quality"))
        columns = {
            "id": run.samples["id"].to_numpy(),
            **_label_columns(run, judged, labels, rows),
            **_feature_columns(values, labels, judged, distances),
            **_file_columns(run, labels, pictures, rows, distances),
            **_quality_columns(run, pictures),
            **({"centrality": np.nan} if featureless else {}),
            "kind": "",
        }
        progress.within("files", "identical files")(1, 1)
        table = pd.DataFrame(columns)[list(COLUMNS)].astype(COLUMNS)
        table["kind"] = pd.Series(most_probable(table), dtype="str")
        write_parquet(run.path / KINDS_FILE, table, summed=True)


def _groups(run: Run) -> NDArray[np.int64] | None:
    column = group_column_of(run)
    if column is None:
        return None
    return pd.factorize(np.array(column_groups(run, column), dtype=object))[0].astype(np.int64)


class _Progress:
    """Turns the counts of the parts into steps of one job."""

    def __init__(self, run: Run, report: Report) -> None:
        def saved(step: Step) -> None:
            save_step(run.path, step)
            report(step)

        self._meter = Meter(saved)
        self._begun = dict(zip(_SHARES, np.cumsum([0, *_SHARES.values()]).tolist(), strict=False))
        self._meter("inspecting", 0, _STEPS, unit="steps", detail="neighbours")

    def within(self, part: str, words: str = "") -> Callable[..., None]:
        def told(done: int, total: int, detail: str = "") -> None:
            place = self._begun[part] + _SHARES[part] * done // max(1, total)
            self._meter("inspecting", place, _STEPS, unit="steps", detail=detail or words or part)

        return told


def _label_columns(
    run: Run, judged: HeldOut, labels: NDArray[np.int64], neighbours: NDArray[np.int32]
) -> Columns:
    score = suspicion(
        judged.own,
        run.samples["percentile"].to_numpy(dtype=np.float64),
        disagreement(labels, neighbours),
        judged.judged,
    )
    error = judged.issue & (judged.first != labels) & (len(labels) >= SMALLEST)
    return {
        "suspicion": score,
        "own_probability": judged.own,
        "suspected_class": judged.first,
        "suspected_probability": judged.first_probability,
        "label_error": error,
    }


def _feature_columns(
    values: NDArray[np.float32],
    labels: NDArray[np.int64],
    judged: HeldOut,
    distances: NDArray[np.float32],
) -> Columns:
    far = outliers.outlier_scores(distances)
    other = outliers.ambiguous(judged, labels)
    own_first = judged.first == labels
    probability = np.where(own_first, judged.second_probability, judged.first_probability)
    return {
        "outlier_score": far,
        "outlier": outliers.outside(far),
        "ambiguous": other >= 0,
        "other_class": other,
        "other_probability": np.where(other >= 0, probability, np.nan),
        "centrality": outliers.centrality(values, labels),
    }


def _file_columns(
    run: Run,
    labels: NDArray[np.int64],
    pictures: Pictures,
    neighbours: NDArray[np.int32],
    distances: NDArray[np.float32],
) -> Columns:
    root, paths = str(run.info["dataset"]["root"] or ""), run.samples["path"].tolist()
    exact = duplicates.exact_pairs(root, paths, pictures.digests)
    near = [
        duplicates.equal_pictures(pictures.digests),
        duplicates.near_pairs(pictures, neighbours, distances),
    ]
    found = duplicates.joined(labels, exact, np.concatenate(near))
    elsewhere = leaks(root, paths)
    return {
        "duplicate_group": found.group,
        "duplicate": found.kind,
        "duplicate_labels": found.labels,
        "leak": [elsewhere.get(path, "") for path in paths],
    }


def _quality_columns(run: Run, pictures: Pictures) -> Columns:
    measured = pd.DataFrame(pictures.qualities, columns=quality.Quality._fields)
    aspect = np.full(len(measured), np.nan, dtype=np.float32)
    if {"width", "height"} <= set(run.samples.columns):
        sides = run.samples[["width", "height"]].to_numpy(dtype=np.float64)
        aspect = quality.aspects(sides[:, 0], sides[:, 1])
    with np.errstate(invalid="ignore"):
        odd = aspect < quality.ODDEST_SHAPE
    columns = {name: measured[name].to_numpy() for name in quality.Quality._fields}
    return {**columns, "aspect": aspect, "odd_shape": odd}
