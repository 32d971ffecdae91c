"""The command that rebuilds a subset, as a person would type it."""

from __future__ import annotations

import shlex

from dlc_core.recipes import prune_arguments
from dlc_core.report.kept import Kept
from dlc_core.runs import Run


def prune_command(run: Run, kept: Kept) -> str:
    """Return the `dlc prune` command for a recipe, or "" if there is no recipe.

    It names the run by its folder's name alone, because a report is read on other machines.
    """
    if kept.recipe is None:
        return ""
    name = f"./{run.name}" if run.name.startswith("-") else run.name
    parts = ["dlc", "prune", name, *prune_arguments(kept.recipe)]
    if not kept.honours:
        parts.append("--ignore-decisions")
    return shlex.join([*parts, "--out", "kept.csv"])
