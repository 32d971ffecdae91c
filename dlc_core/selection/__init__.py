"""Selection: scores in, the ids to keep out."""

from dlc_core.selection.candidates import with_decisions
from dlc_core.selection.recipe import Recipe
from dlc_core.selection.strategies.flexrand import flexrand
from dlc_core.selection.strategies.registry import STRATEGIES, Strategy
from dlc_core.selection.subset import Subset, run_candidates, select, subset_of

__all__ = [
    "STRATEGIES",
    "Recipe",
    "Strategy",
    "Subset",
    "flexrand",
    "run_candidates",
    "select",
    "subset_of",
    "with_decisions",
]
