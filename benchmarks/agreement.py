"""Does `fast` order samples as `exact` does, and does the calibrated score earn its place?

    python -m benchmarks.agreement FOLDER... --weights NAME=FILE... --truth CSV --out RUNS

FOLDER is an image folder or "digits"; FOLDER@N takes at most N of its samples. Every one is scored
with demo and with each backbone that --weights names: `exact`, `exact` with the calibrated score,
and `fast` in bfloat16. Finished runs in RUNS are taken as they are, so the script can be stopped
and started again. It prints tables:

1. Spearman's correlation with `exact` for `fast`, for other numbers of masks (from
   the losses of `exact` itself: the masks are the same), and for `fast` in bfloat16;
2. for both scores the agreement between backbones, the agreement with the mean loss over the epochs
   of a linear probe, and the AUROC for label errors where --truth (path, label, clean_label) knows
   them, each over all samples and within classes.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from benchmarks.machine import describe_machine
from dlc_core.backbones import Backbone, load_backbone
from dlc_core.datasets import Dataset, load_dataset
from dlc_core.masking.schedule import Schedule, fast_schedule
from dlc_core.pipeline import score_run
from dlc_core.runs import Run
from dlc_core.scoring import ScoreSettings

VARIANTS = {
    "exact": ScoreSettings(),
    "calibrated": ScoreSettings(score="dlc-calibrated"),
    "bfloat16": ScoreSettings(profile="fast", precision="bfloat16"),
}
COUNTS = (4, 5, 6, 7, 8, 10, 12)
EPOCHS, RATE, PROBE_BATCH = 30, 0.01, 64
Values = NDArray[Any]
Measure = Callable[[Values, Values], float]


def main() -> None:
    """Score what is missing, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--weights", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    print(f"{describe_machine()}; at most {options.limit} samples of each\n")
    files = {"demo": None, **dict(item.split("=", 1) for item in options.weights)}
    runs: dict[tuple[str, str, str], Run] = {}
    for folder, (name, file) in itertools.product(options.folders, files.items()):
        path, _, limit = folder.partition("@")
        dataset = load_dataset(path).limited(int(limit or options.limit))
        backbone = load_backbone(name, weights=file)
        for variant, settings in VARIANTS.items():
            runs[dataset.name, name, variant] = _scored(
                dataset, backbone, variant, settings, options.out
            )
    _fast_table(runs)
    _score_table(runs, pd.read_csv(options.truth) if options.truth else None)


def _scored(
    dataset: Dataset, backbone: Backbone, variant: str, settings: ScoreSettings, out: Path
) -> Run:
    name = f"{dataset.name.replace('/', '-')}-{backbone.name}-{variant}"
    run = score_run(dataset, backbone, out=out / name, settings=settings, resume=True)
    print(f"<!-- {name}: {run.info['timings']['seconds']} s -->", flush=True)
    return run


def _within(measure: Measure, one: NDArray[np.float64], other: Values, rows: Values) -> float:
    """Return the mean of a measure over classes, where it is defined."""
    parts = [np.flatnonzero(rows == c) for c in np.unique(rows)]
    values = [measure(one[p], other[p]) for p in parts if len(p) > 2 and np.ptp(other[p]) > 0]
    return float(np.mean(values))


def _rho(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(spearmanr(one, other)[0])


def _both(measure: Measure, one: NDArray[np.float64], other: Values, rows: Values) -> str:
    return f"{measure(one, other):.4f} / {_within(measure, one, other, rows):.4f}"


def _scores(run: Run) -> NDArray[np.float64]:
    return run.samples["score"].to_numpy()


def _rows(run: Run) -> NDArray[np.int64]:
    return run.samples["class_id"].to_numpy()


def _spaced(run: Run, count: int) -> NDArray[np.float64]:
    """Return the scores from so many masks of a run of all 50, spaced as those of `fast`."""
    steps = np.rint(49 * np.linspace(0, 1, count) ** 2).astype(np.int64)
    weights = Schedule(steps, steps, 50, 0.02).weights()
    scores: NDArray[np.float64] = weights @ run.losses[steps].astype(np.float64)
    return scores


def _fast_table(runs: dict[tuple[str, str, str], Run]) -> None:
    print("\nSpearman with `exact`, over all samples / within classes; masks computed:\n")
    fast = len(fast_schedule(1000))
    titles = [f"{count}{' (fast)' if count == fast else ''}" for count in COUNTS]
    print("| data | backbone | " + " | ".join(titles) + " | fast in bfloat16 |")
    print("| --- " * (len(titles) + 3) + "|")
    for (data, backbone, variant), run in runs.items():
        if variant != "exact":
            continue
        rough = runs[data, backbone, "bfloat16"]
        found = [_spaced(run, count) for count in COUNTS] + [_scores(rough)]
        cells = [_both(_rho, _scores(run), scores, _rows(run)) for scores in found]
        print(f"| {data} | {backbone} | " + " | ".join(cells) + " |")


def _probe(run: Run) -> NDArray[np.float64]:
    """Return each sample's mean loss over the epochs of a linear probe on frozen features."""
    torch.manual_seed(0)
    features = torch.from_numpy(np.array(run.features, dtype=np.float32))
    features = (features - features.mean(dim=0)) / (features.std(dim=0) + 1e-6)
    target = torch.from_numpy(np.unique(_rows(run), return_inverse=True)[1])
    probe = torch.nn.Linear(features.shape[1], int(target.max()) + 1)
    optimizer = torch.optim.SGD(probe.parameters(), RATE, momentum=0.9, weight_decay=1e-4)
    total = torch.zeros(len(target), dtype=torch.float64)
    for _ in range(EPOCHS):
        for part in torch.randperm(len(target)).split(PROBE_BATCH):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(probe(features[part]), target[part]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.no_grad():
            loss = torch.nn.functional.cross_entropy(probe(features), target, reduction="none")
            total += loss
    return (total / EPOCHS).numpy()


def _wrong(run: Run, truth: pd.DataFrame | None) -> NDArray[np.int64] | None:
    """Return which samples' labels are known to be wrong, or None where nothing is known."""
    if truth is None:
        return None
    ends = truth["path"].str.split("/").str[-2:].str.join("/")
    known = dict(zip(ends, (truth["label"] != truth["clean_label"]).astype(int), strict=True))
    paths = run.samples["path"]
    if not paths.isin(list(known)).all():
        return None
    return np.array([known[path] for path in paths], dtype=np.int64)


def _auroc(scores: NDArray[np.float64], wrong: Values) -> float:
    return float(roc_auc_score(wrong, scores))


def _score_table(runs: dict[tuple[str, str, str], Run], truth: pd.DataFrame | None) -> None:
    print("\nThe scores compared, over all samples / within classes:\n")
    print("| data | backbone | score | probe's mean loss | AUROC of label errors | last mask |")
    print("| --- " * 6 + "|")
    named = ("exact", "calibrated")
    for (data, backbone, variant), run in runs.items():
        if variant not in named:
            continue
        rows, wrong = _rows(run), _wrong(run, truth)
        first = run.losses[0].astype(np.float64)
        for name, scores in ((variant, _scores(run)), (f"{variant}, no mask", first)):
            probe = _both(_rho, scores, _probe(run), rows)
            auroc = "" if wrong is None else _both(_auroc, scores, wrong, rows)
            last = run.info["masking"].get("last_step")
            print(f"| {data} | {backbone} | {name} | {probe} | {auroc} | {last or ''} |")
    print("\nAgreement between backbones (Spearman, over all / within classes):\n")
    print("| data | backbones | exact | calibrated |")
    print("| --- " * 4 + "|")
    backbones = sorted({backbone for _, backbone, _ in runs})
    for data in dict.fromkeys(data for data, _, _ in runs):
        for one, other in itertools.combinations(backbones, 2):
            cells = []
            for variant in named:
                a, b = runs[data, one, variant], runs[data, other, variant]
                cells.append(_both(_rho, _scores(a), _scores(b), _rows(a)))
            print(f"| {data} | {one}, {other} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
