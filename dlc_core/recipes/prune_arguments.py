"""A recipe as options of `dlc prune`."""

from __future__ import annotations

from dlc_core.recipes.recipe import Recipe
from dlc_core.selection.parameters import number_text

_OPTIONS = {"keep_ratio": "keep"}  # where the command line's word is another one


def prune_arguments(recipe: Recipe) -> list[str]:
    """Return the options of `dlc prune` that say this recipe, for example ["--keep", "0.3"]."""
    words: list[str] = []
    for key, value in recipe.as_dict().items():
        option = "--" + _OPTIONS.get(key, key).replace("_", "-")
        if key == "class_counts":
            for name, count in value.items():
                words += ["--class-count", f"{name}={count}"]
        elif key == "parameters":
            for name, number in value.items():
                words += ["--set", f"{name}={number_text(number)}"]
        elif value is True:
            words.append(option)
        else:
            words += [option, number_text(value) if isinstance(value, float) else str(value)]
    return words
