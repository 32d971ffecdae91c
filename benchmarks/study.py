"""Does pruning by hardness beat random? Measured on every run that is given, in one table.

Command:

    python -m benchmarks.study --out docs/study.md NAME=RUN[+HELD_OUT_RUN] [NAME=RUN…]
        [--keep 0.05,0.1,0.2,0.3,0.5,0.7,0.9] [--seeds 10] [--noisy NAME …]

Cost: two to three minutes a run of 2,000 samples on one core; what was measured once is read again
(the evidence kept in each run). RUN is made by `dlc score`; HELD_OUT_RUN is one of the test split,
scored with the same backbone (`--masks 1` does: only its features and labels are used). Without it
each seed holds out 30 % of RUN. A keep_ratio is a share of all of RUN; what a split leaves too few
samples for, or an inner split of an arm that chooses, is left out of the tables.

For each run and keep_ratio the gap in accuracy to stratified random, with the 95 % interval over
draws and held-out samples; and the mean gap over all runs, with the interval that follows from
theirs, as if they were independent. Controls: the loss of one mask (T = 1), the neighbours'
disagreement, scores that are random numbers, the probe's leave-one-out margin, and the calibrated
DLC of runs into which it was brought (`dlc scores RUN --import OTHER/samples.parquet --name
calibrated`). Text, tables and the figure beside the page
are made by this script.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.study_figure import figure
from benchmarks.study_page import Studied, groups, over_runs, page
from dlc_core.evidence import (
    Trial,
    findings,
    material_of,
    measured,
    open_record,
    room_of,
    settings_of,
)
from dlc_core.evidence.trial import FULL
from dlc_core.runs import Run
from dlc_core.scores import score_names, scores_of

KEEP = "0.05,0.1,0.2,0.3,0.5,0.7,0.9"
CONTROLS = ("unmasked", "neighbours", "calibrated")
NOISE = "noise"  # scores that are random numbers
ARMS = (
    "flexrand:0.2", "flexrand:0.5", "flexrand:0.8", "hardest", "easiest", "ccs", "moderate",
    "herding", "k-center", "trimmed:0.5", "trimmed:0.5@probe", f"flexrand:0.2@{NOISE}",
    "flexrand:0.2@unmasked", "flexrand:0.2@neighbours", "flexrand:0.2@calibrated", "zcore", "dbp",
    "flexrand:auto", "auto",
)  # fmt: skip
DRAWN = (
    "flexrand:0.2",
    "flexrand:0.8",
    f"flexrand:0.2@{NOISE}",
    "herding",
    "flexrand:auto",
    "auto",
)


def study(name: str, run: Run, held: Run | None, ratios: Sequence[float], seeds: int) -> Studied:
    """Measure all arms on one run, or read what was measured before."""
    there = score_names(run)
    scores = {other: scores_of(run, other) for other in CONTROLS if other in there}
    scores[NOISE] = np.random.default_rng(0).random(len(run.samples))
    arms = [arm for arm in ARMS if arm.partition("@")[2] in ("", "probe", *scores)]
    trial = Trial.of(tuple(arms), tuple(ratios), seeds, scores=("score", "probe", *scores))
    material = material_of(run, held=held, scores=scores)
    room = room_of(material, seeds)
    trial = trial.within(room)
    settings = settings_of(run, material, held=held, method={"name": "probe"})
    with open_record(run.path, settings) as (_, writer):
        writer.room(room)
        for seed in range(seeds):
            writer.split(seed, material.held_places(seed), material.judged)
        for cell in measured(material, trial, done=frozenset(writer.record.cells)):
            writer.cell(cell)
    found = {(one.arm, one.keep_ratio): one for one in findings(writer.record)}
    return Studied(name, run, held, found)


def means(
    some: Sequence[Studied], arm: str, ratios: Sequence[float]
) -> list[tuple[float, float, float] | None]:
    """Return an arm's mean gap over runs with its interval, in points, for each keep_ratio."""
    return [over_runs(some, arm, ratio) for ratio in ratios]


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
    picture = options.out.with_suffix(".svg")
    shown = [
        (f"{title}: {len(some)} runs", {arm: means(some, arm, ratios) for arm in DRAWN})
        for title, some in groups(studied, options.noisy)
    ]
    picture.write_text(figure(shown, ratios), encoding="utf-8")
    text = page(
        studied, ARMS, noisy=options.noisy, ratios=ratios, seeds=options.seeds, figure=picture.name
    )
    options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
