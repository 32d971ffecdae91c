"""Which samples meet a filter: one mask per condition, remembered, and all of them together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dlc_core.analysis.filter import FAULT, Filter, column_range
from dlc_core.analysis.own_columns import is_number
from dlc_core.analysis.run_view import View
from dlc_core.decisions import Decided
from dlc_core.issues import ISSUES
from dlc_core.reimport import kept_ids

Mask = NDArray[np.bool_]


def matches(view: View, wanted: Filter) -> Mask:
    """Return (N,) whether each sample meets the filter."""
    found = np.ones(len(view), dtype=np.bool_)
    for part in conditions(wanted):
        found &= mask_of(view, part)
    return ~found if wanted.inverted else found


def conditions(wanted: Filter) -> list[Filter]:
    """Return the filter's conditions, each as a filter of its own; faults are no samples."""
    issues = tuple(issue for issue in wanted.issues if issue != FAULT)
    parts = [
        Filter(classes=wanted.classes),
        Filter(name=wanted.name),
        Filter(score=wanted.score),
        Filter(percentile=wanted.percentile),
        Filter(issues=issues),
        Filter(decided=wanted.decided),
        Filter(looks_like=wanted.looks_like),
        Filter(lasso=wanted.lasso, lasso_map=wanted.lasso_map if wanted.lasso else ""),
        Filter(subset=wanted.subset),
        *(
            Filter(columns=tuple(pair for pair in wanted.columns if pair[0] == name))
            for name in dict.fromkeys(name for name, _ in wanted.columns)
        ),
    ]
    return [part for part in parts if part]


def mask_of(view: View, part: Filter) -> Mask:
    """Return (N,) whether each sample meets one condition; do not write into it."""
    if part.decided:  # what people decide changes under way, and is quick to look up
        return _decided(view.decided(), part.decided)
    scored = part.score is not None or part.percentile is not None
    whose = view if scored else view.base or view  # what no score changes is kept once
    return whose.recent("mask", part, lambda: _mask(whose, part), most=24)


def _mask(view: View, part: Filter) -> Mask:
    for name, test in _TESTS.items():
        if getattr(part, name) != getattr(_EVERYTHING, name):
            found: Mask = test(view, part)
            found.flags.writeable = False
            return found
    raise AssertionError(part)


def _decided(decided: Decided, wanted: tuple[str, ...]) -> Mask:
    ids = decided.ids
    masks: dict[str, Callable[[], Mask]] = {
        "any": lambda: decided.decided,
        "none": lambda: ~decided.decided,
        "pin": lambda: decided.pinned,
        "exclude": lambda: decided.excluded,
        "relabel": lambda: np.isin(ids, list(decided.relabelled)),
        "note": lambda: np.isin(ids, list(decided.notes)),
    }
    found = np.zeros(len(ids), dtype=np.bool_)
    for name in wanted:
        found |= masks[name]()
    return found


def _within(values: NDArray[np.float64], given: tuple[float, float] | None) -> Mask:
    assert given is not None
    return np.asarray((values >= given[0]) & (values <= given[1]))


def _of_issues(view: View, part: Filter) -> Mask:
    found = np.zeros(len(view), dtype=np.bool_)
    if view.issues is not None:
        for issue in part.issues:
            found |= ISSUES[issue].mask(view.issues)
    return found


def _named(view: View, part: Filter) -> Mask:
    found = view.samples["path"].str.contains(part.name, case=False, regex=False)
    return np.asarray(found, dtype=np.bool_)


def _looking_like(view: View, part: Filter) -> Mask:
    if view.issues is None:
        return np.zeros(len(view), dtype=np.bool_)
    suspected = view.issues["suspected_class"].to_numpy()
    found: Mask = np.isin(suspected, part.looks_like) & (suspected != view.class_ids)
    return found


def _in_lasso(view: View, part: Filter) -> Mask:
    if view.map is None or part.lasso_map != map_name(view):
        return np.zeros(len(view), dtype=np.bool_)
    return inside(view.map, np.asarray(part.lasso, dtype=np.float64).reshape(-1, 2))


def _brought_back(view: View, part: Filter) -> Mask:
    ids = kept_ids(view.run.path, part.subset)
    return np.isin(view.ids, () if ids is None else ids)


def _of_columns(view: View, part: Filter) -> Mask:
    """Whether a sample has any of the values of one column."""
    found = np.zeros(len(view), dtype=np.bool_)
    for name, value in part.columns:
        if name not in view.columns:
            continue
        values, given = view.columns[name], column_range(value)
        if is_number(values) and given is not None:
            found |= _within(values.to_numpy(dtype=np.float64), given)
        elif not is_number(values):
            found |= (values.astype(str) == value).to_numpy(dtype=np.bool_)
    return found


_EVERYTHING = Filter()
_TESTS: dict[str, Callable[[View, Filter], Mask]] = {
    "classes": lambda view, part: np.isin(view.class_ids, part.classes),
    "name": _named,
    "score": lambda view, part: _within(view.scores, part.score),
    "percentile": lambda view, part: _within(view.percentile, part.percentile),
    "issues": _of_issues,
    "looks_like": _looking_like,
    "lasso": _in_lasso,
    "subset": _brought_back,
    "columns": _of_columns,
}


def map_name(view: View) -> str:
    """Return a short name of the map's layout: a polygon means nothing on another one."""
    points = view.map
    if points is None:
        return ""
    return (view.base or view).recent(
        "map", "", lambda: hashlib.blake2b(points.tobytes(), digest_size=4).hexdigest(), most=1
    )


def on_this_map(view: View, wanted: Filter) -> Filter:
    """Return the filter without a lasso that was drawn on another map."""
    if wanted.lasso and view.map is not None and wanted.lasso_map != map_name(view):
        return replace(wanted, lasso=(), lasso_map="")
    return wanted


def of_this_run(view: View, wanted: Filter) -> Filter:
    """Return the filter without a subset that the run does not keep any more."""
    if wanted.subset and kept_ids(view.run.path, wanted.subset) is None:
        return replace(wanted, subset="")
    return wanted


def inside(points: NDArray[np.float32], polygon: NDArray[np.float64]) -> Mask:
    """Return (N,) whether each point lies in a polygon, by the even-odd rule.

    Args:
        points: (N, 2).
        polygon: (K, 2) corners in order; the last is joined to the first.
    """
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    x, y = points[near, 0].astype(np.float64), points[near, 1].astype(np.float64)
    odd = np.zeros(len(near), dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        odd ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    found = np.zeros(len(points), dtype=np.bool_)
    found[near] = odd
    return found
