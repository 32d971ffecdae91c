"""How much a subset looks like the whole, and whether random would look more like it."""

from dlc_core.likeness.beside_random import CLOSER, FARTHER, LIKE, Row, compared
from dlc_core.likeness.of_run import whole_of_run
from dlc_core.likeness.registry import MEASURES, Measure, measured, measures
from dlc_core.likeness.whole import Whole, whole_of

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
