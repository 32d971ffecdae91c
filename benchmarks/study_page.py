"""The page of the study: tables of gaps to random, over runs and run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlc_core.evidence import Finding
from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.trial import FULL
from dlc_core.evidence.words import verdict
from dlc_core.runs import Run


@dataclass(frozen=True)
class Studied:
    """One run and what was found on it."""

    name: str
    run: Run
    held: Run | None
    found: dict[tuple[str, float], Finding]


def gap_cell(finding: Finding | None) -> str:
    """Return a gap for a table, bold where the interval excludes zero."""
    if finding is None or finding.to_random is None:
        return ""
    gap = finding.to_random
    text = f"{100 * gap.mean:+.1f} [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]"
    return text if verdict(finding) == "within noise" else f"**{text}**"


def over_runs(
    studied: Sequence[Studied], arm: str, ratio: float
) -> tuple[float, float, float] | None:
    """Return the mean gap over these very runs and its 95 % interval, in points.

    None where one of them was not measured: a mean over fewer would not compare with the others.
    The half width is sqrt(sum of h_i^2) / k, with h_i half of each run's own interval.
    """
    found = [one.found.get((arm, ratio)) for one in studied]
    known = [one.to_random for one in found if one is not None and one.to_random is not None]
    if len(known) < max(2, len(studied)):
        return None
    mean = 100 * float(np.mean([gap.mean for gap in known]))
    halves = [50 * (gap.high - gap.low) for gap in known]
    half = float(np.sqrt(np.sum(np.square(halves)))) / len(known)
    return mean, mean - half, mean + half


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def overall(studied: Sequence[Studied], arms: Sequence[str], ratios: Sequence[float]) -> str:
    """Return the table of mean gaps over runs."""
    rows = []
    for arm in arms:
        if all(over_runs(studied, arm, ratio) is None for ratio in ratios):
            continue
        row = [f"`{arm}`"]
        for ratio in ratios:
            found = over_runs(studied, arm, ratio)
            if found is None:
                row.append("")
                continue
            mean, low, high = found
            text = f"{mean:+.1f} [{low:+.1f}, {high:+.1f}]"
            row.append(f"**{text}**" if low > 0 or high < 0 else text)
        rows.append(row)
    return table(["", *(f"{100 * ratio:g} %" for ratio in ratios)], rows)


def of_one(one: Studied, arms: Sequence[str], ratios: Sequence[float]) -> str:
    """Return the section of one run."""
    full = one.found[FULL, 1.0]
    masking = one.run.info["masking"]
    judged = "its own test split" if one.held else "30 % of it, another part for each seed"
    text = (
        f"### {one.name}\n\n{len(one.run.samples):,} samples, {len(one.run.classes)} classes, "
        f"{one.run.info['backbone']['name']}, {masking['masks']} masks of a schedule of "
        f"{masking.get('length', masking['masks'])}; judged on {judged}. Full data: "
        f"{100 * full.accuracy:.1f} %.\n\n"
    )
    measured = [one.found.get((RANDOM.name, ratio)) for ratio in ratios]
    plain = ["accuracy of random", *(
        "" if found is None else f"{100 * found.accuracy:.1f} %" for found in measured
    )]  # fmt: skip
    rows = [plain] + [
        [f"`{arm}`", *(gap_cell(one.found.get((arm, ratio))) for ratio in ratios)]
        for arm in arms
        if any((arm, ratio) in one.found for ratio in ratios)
    ]
    return text + table(["", *(f"{100 * ratio:g} %" for ratio in ratios)], rows) + "\n"


def groups(studied: Sequence[Studied], noisy: Sequence[str]) -> list[tuple[str, list[Studied]]]:
    """Return the groups of runs over which means are taken, with their titles."""
    clean = [one for one in studied if one.name not in noisy]
    dirty = [one for one in studied if one.name in noisy]
    found = [("Clean labels", clean), ("Noisy labels", dirty)]
    if clean and dirty:
        found.append(("All", list(studied)))
    return [(title, some) for title, some in found if len(some) > 1]


def page(
    studied: Sequence[Studied],
    arms: Sequence[str],
    *,
    noisy: Sequence[str],
    ratios: Sequence[float],
    seeds: int,
    figure: str,
) -> str:
    """Return the whole page.

    Args:
        studied: the runs.
        arms: the rows of the tables.
        noisy: names of the runs whose labels are known to be wrong in part.
        ratios, seeds: what was measured.
        figure: the name of the picture beside the page.
    """
    parts = [
        "# Does pruning by hardness beat random?\n",
        "Made by `python -m benchmarks.study`; do not edit. Gap in points of accuracy to "
        f"stratified random at the same size, linear probe on frozen features, {seeds} seeds; in "
        "brackets 95 % intervals over draws and held-out samples; bold where they exclude 0. In "
        "the tables over several runs it is the interval of the mean over these very runs, as if "
        "they were independent; two backbones on one data set are not quite. With this many "
        "comparisons some exclude 0 by chance (1 in 20). Arms are strategy:gamma@score; "
        "`flexrand:auto` and `auto` choose inside each seed's training part. A share is one of the "
        "whole run; where a split leaves fewer samples than that, the cell is empty.\n",
    ]
    parts.append(f"![Mean gap to random against the share kept]({figure})\n")
    for title, some in groups(studied, noisy):
        names = ", ".join(one.name for one in some)
        parts.append(f"## {title}: mean over {len(some)} runs\n\n{names}.\n")
        parts.append(overall(some, arms, ratios) + "\n")
    parts.append("## Run by run\n")
    parts += [of_one(one, arms, ratios) for one in studied]
    return "\n".join(parts)
