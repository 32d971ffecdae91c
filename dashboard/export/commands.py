"""What the page does, as commands that a person could type."""

from __future__ import annotations

import shlex

from dashboard.export.naming import file_name
from dashboard.export.tables import recipe_name
from dashboard.view import View
from dlc_core.recipes import prune_arguments
from dlc_core.selection import Subset


def commands(view: View, kept: Subset, part: str) -> str:
    """Return the lines that choose the subset, rebuild it from its recipe, and export its images.

    Args:
        view: of the run.
        kept: the subset.
        part: which samples, a key of PARTS.
    """
    run, name = str(view.run.path), view.run.name
    table = file_name(name, kept.recipe, "csv")
    images = file_name(name, kept.recipe, "zip", part if part != "both" else "kept")
    images_part = ["--part", part] if part == "dropped" else []
    lines = (
        ["dlc", "prune", run, *prune_arguments(kept.recipe), "--out", table],
        ["dlc", "prune", run, "--recipe", recipe_name(view, kept), "--out", "kept.csv"],
        ["dlc", "export", run, "--subset", table, "--format", "zip", *images_part, "--out", images],
    )
    return "\n".join(map(shlex.join, lines))
