"""Does pruning by hardness beat random? Measured on every run that is given, in one table.

Command:

    python -m benchmarks.study --out docs/study.md NAME=RUN[+HELD_OUT_RUN] [NAME=RUN…]
        [--keep 0.05,0.1,0.2,0.3,0.5,0.7,0.9] [--seeds 10] [--noisy NAME …]

Cost: two to three minutes a run of 2,000 samples on one core; what was measured once is read again
(the evidence kept in each run). RUN is made by `dlc score`; HELD_OUT_RUN is one of the test split,
scored with the same backbone (`--masks 1` does: only its features and labels are used). Without it
each seed holds out 30 % of RUN.

For each run and keep_ratio the gap in accuracy to stratified random, with the 95 % interval over
draws and held-out samples; and the mean gap over all runs, with the interval that follows from
theirs, as if they were independent. Controls: the loss of one mask (T = 1), the neighbours'
disagreement, scores that are random numbers, the probe's leave-one-out margin. Text and tables are
made by this script.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlc_core.evidence import (
    Finding,
    Trial,
    findings,
    material_of,
    measured,
    open_record,
    settings_of,
)
from dlc_core.evidence.trial import FULL
from dlc_core.evidence.words import verdict
from dlc_core.runs import Run
from dlc_core.scores import score_names, scores_of

KEEP = "0.05,0.1,0.2,0.3,0.5,0.7,0.9"
CONTROLS = ("unmasked", "neighbours")
NOISE = "noise"  # scores that are random numbers
ARMS = (
    "flexrand:0.2", "flexrand:0.5", "flexrand:0.8", "hardest", "easiest", "ccs", "moderate",
    "herding", "k-center", "trimmed:0.5", "trimmed:0.5@probe", f"flexrand:0.2@{NOISE}",
    "flexrand:0.2@unmasked", "flexrand:0.2@neighbours", "flexrand:auto", "auto",
)  # fmt: skip


@dataclass(frozen=True)
class Studied:
    """One run and what was found on it."""

    name: str
    run: Run
    held: Run | None
    found: dict[tuple[str, float], Finding]


def study(name: str, run: Run, held: Run | None, ratios: Sequence[float], seeds: int) -> Studied:
    """Measure all arms on one run, or read what was measured before."""
    there = score_names(run)
    scores = {other: scores_of(run, other) for other in CONTROLS if other in there}
    scores[NOISE] = np.random.default_rng(0).random(len(run.samples))
    arms = [arm for arm in ARMS if arm.partition("@")[2] in ("", "probe", *scores)]
    trial = Trial.of(tuple(arms), tuple(ratios), seeds, scores=("score", "probe", *scores))
    material = material_of(run, held=held, scores=scores)
    settings = settings_of(run, material, held=held, method={"name": "probe"})
    with open_record(run.path, settings) as (_, writer):
        for seed in range(seeds):
            writer.split(seed, material.held_places(seed), material.judged)
        for cell in measured(material, trial, done=frozenset(writer.record.cells)):
            writer.cell(cell)
    found = {(one.arm, one.keep_ratio): one for one in findings(writer.record)}
    return Studied(name, run, held, found)


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

    The half width is sqrt(sum of h_i^2) / k, with h_i half of each run's own interval.
    """
    gaps = [one.found[arm, ratio].to_random for one in studied if (arm, ratio) in one.found]
    known = [gap for gap in gaps if gap is not None]
    if len(known) < 2:
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
    plain = ["accuracy of random", *(
        f"{100 * one.found['random', ratio].accuracy:.1f} %" for ratio in ratios
    )]  # fmt: skip
    rows = [plain] + [
        [f"`{arm}`", *(gap_cell(one.found.get((arm, ratio))) for ratio in ratios)]
        for arm in arms
        if any((arm, ratio) in one.found for ratio in ratios)
    ]
    return text + table(["", *(f"{100 * ratio:g} %" for ratio in ratios)], rows) + "\n"


def page(
    studied: Sequence[Studied], noisy: Sequence[str], ratios: Sequence[float], seeds: int
) -> str:
    """Return the whole page."""
    arms = list(ARMS)
    clean = [one for one in studied if one.name not in noisy]
    dirty = [one for one in studied if one.name in noisy]
    parts = [
        "# Does pruning by hardness beat random?\n",
        "Made by `python -m benchmarks.study`; do not edit. Gap in points of accuracy to "
        f"stratified random at the same size, linear probe on frozen features, {seeds} seeds; in "
        "brackets 95 % intervals over draws and held-out samples; bold where they exclude 0. In "
        "the tables over several runs it is the interval of the mean over these very runs, as if "
        "they were independent; two backbones on one data set are not quite. With this many "
        "comparisons some exclude 0 by chance (1 in 20). Arms are strategy:gamma@score; "
        "`flexrand:auto` and `auto` choose inside each seed's training part.\n",
    ]
    groups = (("Clean labels", clean), ("Noisy labels", dirty), ("All", studied))
    for title, some in groups:
        if len(some) > 1 and (title != "All" or (clean and dirty)):
            names = ", ".join(one.name for one in some)
            parts.append(f"## {title}: mean over {len(some)} runs\n\n{names}.\n")
            parts.append(overall(some, arms, ratios) + "\n")
    parts.append("## Run by run\n")
    parts += [of_one(one, arms, ratios) for one in studied]
    return "\n".join(parts)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("runs", nargs="+", metavar="NAME=RUN[+HELD_OUT_RUN]")
    parser.add_argument("--keep", default=KEEP)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--noisy", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    ratios = [float(part) for part in options.keep.split(",")]
    studied = []
    for text in options.runs:
        name, _, paths = text.partition("=")
        run, _, held = paths.partition("+")
        opened = Run.open(held) if held else None
        studied.append(study(name, Run.open(run), opened, ratios, options.seeds))
        print(json.dumps({"run": name, "full": studied[-1].found[FULL, 1.0].accuracy}), flush=True)
    options.out.write_text(page(studied, options.noisy, ratios, options.seeds), encoding="utf-8")


if __name__ == "__main__":
    main()
