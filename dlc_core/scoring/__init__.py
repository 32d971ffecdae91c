"""Scoring: modality x backbone x masks x objective -> run."""

from dlc_core.scoring.objectives.nearest_centroid import learning_complexity
from dlc_core.scoring.settings import PROFILES, ScoreSettings

__all__ = ["PROFILES", "ScoreSettings", "learning_complexity"]
