"""Scores of a run beside its own: what its files already tell, and those that a person brings."""

from dlc_core.scores.available import SCORES, Score, percentile_of, score_names, scores_of
from dlc_core.scores.imported import delete_scores, import_scores, stored_scores
from dlc_core.scores.probe_score import make_probe
from dlc_core.scores.registry import OWN, PROBE, check_score_name

__all__ = [
    "OWN",
    "PROBE",
    "SCORES",
    "Score",
    "check_score_name",
    "delete_scores",
    "import_scores",
    "make_probe",
    "percentile_of",
    "score_names",
    "scores_of",
    "stored_scores",
]
