"""A run seen by another of its scores: everything that says how hard a sample is follows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dlc_core.analysis.run_view import View
from dlc_core.ranking import ranks
from dlc_core.scores import OWN, scores_of


def by_score(view: View, name: str) -> View:
    """Return the run with score, ranks and percentile of another score, ordered once.

    Args:
        view: the run, seen by whichever of its scores.
        name: a key of view.score_names.

    Raises:
        DLCError: if the run does not have that score any more.
    """
    if name == view.score:
        return view
    base = view.base or view
    if name == OWN:
        return base
    return base.recent("by score", name, lambda: _by_score(base, name), most=3)


def _by_score(base: View, name: str) -> View:
    values = values_of(base, name)
    rank, class_rank, percentile = ranks(
        values, base.class_ids, base.undecided_candidates.key_place
    )
    samples = base.samples.assign(
        score=values, rank=rank, class_rank=class_rank, percentile=percentile
    )
    stamp = f"{base.stamp}\0{name}"
    return replace(base, samples=samples, score=name, base=base, stamp=stamp)


def values_of(base: View, name: str) -> NDArray[np.float64]:
    """Return (N,) the values of a score of a run that is seen by its own; do not write into them.

    Raises:
        DLCError: if the run does not have it any more.
    """
    return base.recent("values", name, lambda: scores_of(base.run, name), most=8)


def other_scores(view: View, row: int) -> dict[str, tuple[float, float]]:
    """Return name -> value and percentile within the class of a sample's other scores."""
    base = view.base or view
    members = np.flatnonzero(base.class_ids == base.class_ids[row])
    place = int(np.searchsorted(members, row))
    keys, classes = base.undecided_candidates.key_place[members], base.class_ids[members]
    found = {}
    for name in base.score_names:
        if name != view.score:
            values = values_of(base, name)[members]
            found[name] = (float(values[place]), float(ranks(values, classes, keys)[2][place]))
    return found


def said(view: View) -> str:
    """Return by which score the run is seen, to be put behind a word; nothing for its own."""
    return "" if view.score == OWN else f" by {view.score}"
