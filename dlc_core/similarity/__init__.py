"""How much a subset looks like the whole, in feature space."""

from dlc_core.similarity.reference import Whole, whole_of
from dlc_core.similarity.reference_from_run import whole_of_run
from dlc_core.similarity.registry import MEASURES, Measure, measured, measures

__all__ = [
    "MEASURES",
    "Measure",
    "Whole",
    "measured",
    "measures",
    "whole_of",
    "whole_of_run",
]
