"""What the page does, as commands that a person could type."""

from __future__ import annotations

import shlex

from dashboard.export.file_names import file_name
from dashboard.export.tables import recipe_name
from dlc_core.analysis.run_view import View
from dlc_core.recipes import Subset, prune_arguments


def commands(view: View, kept: Subset, part: str, *, format_name: str, mode: str) -> str:
    """Return the lines that choose the subset, rebuild it from its recipe, and export its images.

    Args:
        view: of the run.
        kept: the subset.
        part: which samples, a key of PARTS; images are of the kept ones if it is "both".
        format_name: of the format with images.
        mode: a key of MODES.
    """
    run, name = str(view.run.path), view.run.name
    table = file_name(name, kept.recipe, "csv")
    part = "kept" if part == "both" else part
    images = ["dlc", "export", run, "--subset", table, "--format", format_name]
    images += [] if part == "kept" else ["--part", part]
    images += [] if mode == "copy" else ["--mode", mode]
    lines = (
        ["dlc", "prune", run, *prune_arguments(kept.recipe), "--out", table],
        ["dlc", "prune", run, "--recipe", recipe_name(view, kept), "--out", "kept.csv"],
        [*images, "--out", file_name(name, kept.recipe, format_name, part)],
    )
    return "\n".join(map(shlex.join, lines))
