"""Which scores a run can give, and their values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.needs import offered
from dlc_core.plugins import load_plugin, plugin_names
from dlc_core.ranking import key_places, ranks
from dlc_core.runs import Run
from dlc_core.scores.imported import stored_scores
from dlc_core.scores.registry import (
    GROUP,
    OWN,
    SCORES,
    Score,
    all_scores,
    check_score_name,
    read_kept,
    require_score,
)

__all__ = ["SCORES", "Score", "percentile_of", "score_names", "scores_of"]
IMPORTED = "imported by a person"


def score_names(run: Run) -> dict[str, str]:
    """Return the scores that this run can give, name -> description; its own comes first.

    A score that says nothing on the run, as it lacks what that needs, is left out.
    """
    able = offered(run, {name: score for name, score in all_scores().items() if score.there(run)})
    found = {name: score.description for name, score in able.items()}
    return {**found, **dict.fromkeys(stored_scores(run), IMPORTED)}


def scores_of(run: Run, name: str = OWN) -> NDArray[np.float64]:
    """Return (N,) the values of a score, in the order of run.samples; higher = harder.

    Args:
        run: a run with scores.
        name: one of `score_names`.

    Raises:
        DLCError: if the run does not have it, with what to do.
    """
    check_score_name(name)
    if name in SCORES:
        require_score(run, name)
        return _computed(run, name, SCORES[name])
    stored = read_kept(run, name)  # a person's goes before a plug-in's
    if stored is not None:
        return stored
    if name in plugin_names(GROUP):
        entry = load_plugin(GROUP, name, Score)
        require_score(run, name)
        return _checked(run, name, _computed(run, name, entry))
    raise DLCError(
        f"{run.path} has no score {name!r}, only {', '.join(score_names(run))}; bring one "
        "with dlc scores RUN --import FILE --name NAME."
    )


def _computed(run: Run, name: str, entry: Score) -> NDArray[np.float64]:
    values = entry.values(run)
    if values is None:
        raise DLCError(f"{run.path} has no score {name!r} yet; {entry.otherwise}.")
    return values


def _checked(run: Run, name: str, values: object) -> NDArray[np.float64]:
    """Return what a plug-in gave, if it is a score."""
    found = np.asarray(values)
    count = len(run.samples)
    numbers = found.dtype.kind in "iuf" and found.shape == (count,)
    if not numbers or not np.isfinite(found).all():
        raise DLCError(
            f"the plug-in's score {name!r} gave {found.dtype} of shape {found.shape}; expected "
            f"({count},) finite numbers."
        )
    return found.astype(np.float64)


def percentile_of(run: Run, name: str = OWN) -> NDArray[np.float64]:
    """Return (N,) the percentile of a score within each class, 100 = hardest.

    Raises:
        DLCError: if the run does not have the score.
    """
    if name == OWN:
        return run.samples["percentile"].to_numpy(dtype=np.float64)
    places = key_places(run.samples["path"].tolist())
    return ranks(scores_of(run, name), run.samples["class_id"].to_numpy(), places)[2]
