"""Recipes on disk: all that rebuilds a subset elsewhere or later, and those kept in a run."""

from dlc_core.recipes.prune_arguments import prune_arguments
from dlc_core.recipes.rebuild import Rebuilt, read_record, rebuild
from dlc_core.recipes.recipe_record import recipe_record
from dlc_core.recipes.saved import delete_recipe, save_recipe, saved_recipes

__all__ = [
    "Rebuilt",
    "delete_recipe",
    "prune_arguments",
    "read_record",
    "rebuild",
    "recipe_record",
    "save_recipe",
    "saved_recipes",
]
