"""Which scores a run can give, and their values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlc_core.errors import DLCError
from dlc_core.needs import offered
from dlc_core.ranking import key_places, ranks
from dlc_core.runs import Run
from dlc_core.scores.imported import stored_scores
from dlc_core.scores.registry import (
    OWN,
    SCORES,
    Score,
    check_score_name,
    read_kept,
    require_score,
)

__all__ = ["SCORES", "Score", "percentile_of", "score_names", "scores_of"]
_IMPORTED = "imported by a person"


def score_names(run: Run) -> dict[str, str]:
    """Return the scores that this run can give, name -> description; its own comes first.

    A score that says nothing on the run, as it lacks what that needs, is left out.
    """
    able = offered(run, {name: score for name, score in SCORES.items() if score.there(run)})
    found = {name: score.description for name, score in able.items()}
    return {**found, **dict.fromkeys(stored_scores(run), _IMPORTED)}


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
        values = SCORES[name].values(run)
        if values is None:
            raise DLCError(f"{run.path} has no score {name!r} yet; {SCORES[name].otherwise}.")
        return values
    stored = read_kept(run, name)
    if stored is None:
        raise DLCError(
            f"{run.path} has no score {name!r}, only {', '.join(score_names(run))}; bring one "
            "with dlc scores RUN --import FILE --name NAME."
        )
    return stored


def percentile_of(run: Run, name: str = OWN) -> NDArray[np.float64]:
    """Return (N,) the percentile of a score within each class, 100 = hardest.

    Raises:
        DLCError: if the run does not have the score.
    """
    if name == OWN:
        return run.samples["percentile"].to_numpy(dtype=np.float64)
    places = key_places(run.samples["path"].tolist())
    return ranks(scores_of(run, name), run.samples["class_id"].to_numpy(), places)[2]
