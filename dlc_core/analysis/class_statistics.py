"""The classes of a run in numbers: size, hardness, suspected errors, confusion."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlc_core.analysis.run_view import View
from dlc_core.errors import DLCError

BINS = 16  # of the small multiples


def class_table(view: View) -> pd.DataFrame:
    """Return a row for each class that has a sample, in the order of the class ids.

    Columns: class_id, class, samples, hardness (BINS counts over the quantiles of all scores, as
    shares of the class), median_rank (0 = easiest to 100 = hardest of all), accuracy (share
    nearest to its own centroid, unmasked; NaN if unknown), suspected (share of suspected label
    errors), duplicates, outliers (shares), confused (the class most often suspected instead) and
    confused_share. It is remembered; do not write into it.
    """
    return view.recent("class table", "", lambda: _class_table(view), most=1)


def _class_table(view: View) -> pd.DataFrame:
    ids, n = view.class_ids, len(view)
    place = np.empty(n)
    place[np.argsort(view.scores, kind="stable")] = np.arange(n)
    quantile = np.minimum((place / max(1, n) * BINS).astype(np.int64), BINS - 1)
    count = len(view.classes)
    grid = np.bincount(ids * BINS + quantile, minlength=count * BINS).reshape(count, BINS)
    present = np.array(view.present)
    sizes = view.class_counts[present]
    medians = pd.Series(place).groupby(ids).median().to_numpy() / max(1, n - 1) * 100
    table = pd.DataFrame(
        {
            "class_id": present,
            "class": [view.classes[class_id] for class_id in present],
            "samples": sizes,
            "hardness": (grid[present] / sizes[:, None]).round(3).tolist(),
            "median_rank": medians,
            "accuracy": _share(view, _nearest_own(view)),
        }
    )
    if view.issues is not None:
        issues = view.issues
        table["suspected"] = _share(view, issues["label_error"].to_numpy(dtype=np.float64))
        table["duplicates"] = _share(view, np.asarray(issues["duplicate"] != "", dtype=np.float64))
        table["outliers"] = _share(view, issues["outlier"].to_numpy(dtype=np.float64))
        pairs = confusion(view)
        first = pairs.drop_duplicates("given").set_index("given")
        other = first["suspected"].to_dict()
        table["confused"] = [view.classes[other[c]] if c in other else "" for c in present.tolist()]
        table["confused_share"] = first["share"].reindex(present).fillna(0.0).to_numpy()
    return table


def _share(view: View, values: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if values is None:
        return np.full(len(view.present), np.nan)
    sums = np.bincount(view.class_ids, weights=values, minlength=len(view.classes))
    return sums[view.present] / view.class_counts[view.present]


def _nearest_own(view: View) -> NDArray[np.float64] | None:
    try:
        predicted = view.run.predicted[0]
    except (DLCError, IndexError):
        return None
    own: NDArray[np.bool_] = np.asarray(predicted == view.class_ids)
    return own.astype(np.float64)


def confusion(view: View) -> pd.DataFrame:
    """Return the pairs (given, suspected) of class ids, most samples first.

    Columns: given, suspected, samples (whose most probable class is another than the given one, by
    a classifier that did not see them), share (of the given class). It is remembered; do not write
    into it.
    """
    return view.recent("confusion", "", lambda: _confusion(view), most=1)


def _confusion(view: View) -> pd.DataFrame:
    assert view.issues is not None
    suspected = view.issues["suspected_class"].to_numpy(dtype=np.int64)
    other = suspected != view.class_ids
    pairs = pd.DataFrame({"given": view.class_ids[other], "suspected": suspected[other]})
    counted = pairs.value_counts().rename("samples").reset_index()
    counted["share"] = counted["samples"] / view.class_counts[counted["given"]]
    return counted
