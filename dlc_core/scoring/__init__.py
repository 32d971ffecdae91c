"""Scoring: dataset x backbone -> run."""

from dlc_core.scoring.objectives.nearest_centroid import learning_complexity
from dlc_core.scoring.score import estimate_run, score_run
from dlc_core.scoring.settings import PROFILES, ScoreSettings

__all__ = ["PROFILES", "ScoreSettings", "estimate_run", "learning_complexity", "score_run"]
