"""Recipes: what one keeps of a run, all that rebuilds it elsewhere, and those kept in a run."""

from dlc_core.recipes.prune_arguments import prune_arguments
from dlc_core.recipes.rebuild import Rebuilt, read_record, rebuild
from dlc_core.recipes.recipe import Recipe
from dlc_core.recipes.recipe_record import recipe_record
from dlc_core.recipes.saved import delete_recipe, save_recipe, saved_recipes
from dlc_core.recipes.subset import Subset, run_candidates, select, subset_of

__all__ = [
    "Rebuilt",
    "Recipe",
    "Subset",
    "delete_recipe",
    "prune_arguments",
    "read_record",
    "rebuild",
    "recipe_record",
    "run_candidates",
    "save_recipe",
    "saved_recipes",
    "select",
    "subset_of",
]
