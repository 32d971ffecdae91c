"""How much a subset looks like the whole, and whether random would look more like it."""

from dlc_core.similarity.beside_random import CLOSER, FARTHER, LIKE, Row, compared
from dlc_core.similarity.reference import Whole, whole_of
from dlc_core.similarity.reference_from_run import whole_of_run
from dlc_core.similarity.registry import MEASURES, Measure, measured, measures

__all__ = [
    "CLOSER",
    "FARTHER",
    "LIKE",
    "MEASURES",
    "Measure",
    "Row",
    "Whole",
    "compared",
    "measured",
    "measures",
    "whole_of",
    "whole_of_run",
]
