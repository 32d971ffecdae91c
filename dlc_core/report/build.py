"""From a run and a subset to one HTML file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from dlc_core.analysis.similarity_to_random import SimilarityRow
from dlc_core.decisions import read_log
from dlc_core.recipes import Subset
from dlc_core.records.progress import Report, Step, silent
from dlc_core.report import distribution, examples, run_facts, tables
from dlc_core.report.kept import Kept, SubsetFile, kept_of
from dlc_core.report.literal_text import SPACE, literal
from dlc_core.report.map import HEIGHT, THEMES, WIDTH, draw_map
from dlc_core.report.prune_command import prune_command
from dlc_core.runs import Run
from dlc_core.selection import strategy
from dlc_core.similarity import MEASURES

PHASE = "report"
_STEPS = ("reading the run", "distribution", "map", "pictures", "tables", "page")


def build_report(
    run: Run,
    subset: Subset | SubsetFile,
    *,
    similarity: Sequence[SimilarityRow] | None = None,
    made: datetime | None = None,
    report: Report = silent,
) -> str:
    """Return a run and a subset of it as one self-contained HTML page.

    It asks nothing of any host, runs no script and is bounded in size whatever the run's: classes,
    rows, pictures and pixels all have a limit, and what is left out is counted. Everything that
    comes from the data is shown literally. The same run, subset and moment give the same text.

    Args:
        run: a run with scores; map, pictures, issues and decisions may be missing.
        subset: what is kept of it, by a recipe or from a file.
        similarity: rows on how the subset resembles the whole; None or none leave the part out.
        made: when, for the page to say; None = now.
        report: told of every step.

    Raises:
        DLCError: if the run is damaged, or the subset holds ids that it lacks.
    """

    def tell(place: int) -> None:
        report(Step(PHASE, place, len(_STEPS), detail=_STEPS[min(place, len(_STEPS) - 1)]))

    tell(0)
    samples = run.samples
    decided = read_log(run.path).state(samples["id"].to_numpy())
    kept = kept_of(run, subset, decided)
    class_ids = samples["class_id"].to_numpy()
    counts = np.bincount(class_ids, minlength=len(run.classes))
    present = int(np.count_nonzero(counts))
    first = distribution.largest(counts, distribution.MOST_PANELS)
    values: dict[str, Any] = {"run": run, "kept": kept, "decided": decided.counts}
    tell(1)
    scores, percentile = samples["score"].to_numpy(), samples["percentile"].to_numpy()
    values["panels"] = distribution.class_panels(scores, class_ids, kept.mask, first)
    values["share"] = distribution.kept_share(percentile, kept.mask)
    tell(2)
    values["map"] = draw_map(run, kept.mask, first)
    tell(3)
    shown = distribution.largest(counts, examples.MOST_CLASSES)
    values["strips"] = examples.strips(run, kept, shown)
    tell(4)
    listed = distribution.largest(counts, tables.MOST_ROWS)
    values["classes"] = tables.class_rows(run, kept, listed)
    values["issues"] = tables.issue_rows(run, kept.mask)
    values |= {
        "class_count": present,
        "more_panels": present - len(first),
        "more_strips": present - len(shown),
        "more_classes": present - len(listed),
        "empty_classes": present - len(np.unique(class_ids[kept.mask])),
        "faults": int(run.info["counts"].get("faults", 0)),
        "similarity": [(row, MEASURES[row.name].description) for row in similarity or ()],
        "made": run_facts.dated(made or datetime.now(UTC)),
    }
    tell(5)
    text = _render({**values, **_words(run, kept)})
    tell(6)
    return text


def _words(run: Run, kept: Kept) -> dict[str, Any]:
    """Return what the page says of run and recipe."""
    recipe = kept.recipe
    return {
        "names": run.classes,
        "dataset": run.info["dataset"]["name"],
        "backbone": run.info["backbone"]["name"],
        "facts": run_facts.facts(run),
        "cautions": run_facts.cautions(run),
        "versions": run_facts.versions(run),
        "strategy": strategy(recipe.strategy) if recipe else None,
        "gamma": recipe.as_dict().get("gamma") if recipe else None,
        "recipe": json.dumps(recipe.as_dict(), indent=2, ensure_ascii=False) if recipe else "",
        "command": prune_command(run, kept),
        "panel": (WIDTH, HEIGHT),
        "scales": {name: ", ".join(theme.scale) for name, theme in THEMES.items()},
        "most": {"tiles": examples.EACH},
    }


def _render(values: dict[str, Any]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # everything: no name from the data is ever markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "literal": literal,
        "count": lambda value: f"{value:,}",
        "percent": _percent,
        "place": lambda value: f"{value:.1f}".removesuffix(".0"),
        "number": lambda value: f"{value:.4g}" if np.isfinite(value) else "–",
    }
    return environment.get_template("page.html").render(values)


def _percent(share: float) -> str:
    """Return a share such as "30 %", with a decimal where whole percents would hide it."""
    percent = round(100 * share, 1)
    whole = percent == int(percent) or 10 <= percent <= 90
    return f"{percent:.0f}{SPACE}%" if whole else f"{percent:.1f}{SPACE}%"
