"""How well are wrong labels found: by DLC alone, cleanlab alone, neighbours alone, and ours?

    python -m benchmarks.label_errors RUN... --truth CSV

RUN is a finished run, made for instance by

    dlc score cifar10_noisy --backbone mobilenet_v2 --weights FILE --profile fast --out RUN

CSV has the columns path, label and clean_label; the last two parts of its paths are those of the
samples. The script computes the issues in each run (`dlc kinds`) and prints one table row
per way of ranking: AUROC over all samples, the mean AUROC within classes, and the share of wrong
labels among the 100 most suspicious. "cleanlab" is its label quality score (self-confidence) on the
same out-of-sample probabilities that ours uses; "cleanlab, one cross-validation of scikit-learn's
defaults" is what a user gets who standardises the features and fits a logistic regression. It also
prints how good the flag `label_error` is.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.machine import describe_machine
from dlc_core.issues import find_issues, read_issues, read_neighbours
from dlc_core.issues.label_errors import disagreement
from dlc_core.runs import Run
from dlc_core.runs.reduced_features import reduced_features

Values = NDArray[np.float64]
Wrong = NDArray[np.bool_]


def main() -> None:
    """Print a table for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--top", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    truth = pd.read_csv(options.truth)
    print(f"{describe_machine()}\n")
    print(f"| run | ranked by | AUROC | within classes | precision at {options.top} |")
    print("| --- " * 5 + "|")
    for path in options.runs:
        run = Run.open(path)
        find_issues(run, seed=options.seed)
        wrong = wrong_labels(run, truth)
        for name, scores in rankings(run, options.seed).items():
            within = within_classes(scores, wrong, run)
            best = wrong[np.argsort(-scores, kind="stable")[: options.top]].mean()
            overall = roc_auc_score(wrong, scores)
            print(f"| {run.name} | {name} | {overall:.4f} | {within:.4f} | {best:.2f} |")
        table = read_issues(run)
        assert table is not None
        flagged = table["label_error"].to_numpy(dtype=np.bool_)
        found = rankings(run, options.seed)
        low, high = difference(found["ours (suspicion)"], found["cleanlab"], wrong, options.seed)
        print(
            f"\n{run.name}: {wrong.mean():.1%} of {len(wrong):,} labels are wrong; "
            f"{flagged.sum():,} flagged, {wrong[flagged].mean():.1%} of them rightly, "
            f"{flagged[wrong].mean():.1%} of the wrong ones found; AUROC of ours less cleanlab's: "
            f"{low:+.4f} to {high:+.4f} (95 %, paired bootstrap)\n"
        )


def difference(one: Values, other: Values, wrong: Wrong, seed: int) -> tuple[float, float]:
    """Return the 95 % interval of the difference in AUROC over 500 resamples of the samples."""
    generator = np.random.default_rng(seed)
    drawn = [generator.integers(len(wrong), size=len(wrong)) for _ in range(500)]
    values = [roc_auc_score(wrong[d], one[d]) - roc_auc_score(wrong[d], other[d]) for d in drawn]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def wrong_labels(run: Run, truth: pd.DataFrame) -> Wrong:
    """Return (N,) whether a sample's label differs from the clean one."""
    ends = truth["path"].str.split("/").str[-2:].str.join("/")
    known = dict(zip(ends, truth["label"] != truth["clean_label"], strict=True))
    return np.array([known["/".join(p.split("/")[-2:])] for p in run.samples["path"]], np.bool_)


def rankings(run: Run, seed: int) -> dict[str, Values]:
    """Return name -> (N,) suspicion; the issues are in the run."""
    table, neighbours = read_issues(run), read_neighbours(run)
    assert table is not None
    assert neighbours is not None
    labels = run.samples["class_id"].to_numpy(dtype=np.int64)
    tie_break = 1e-6 * neighbours[1].mean(axis=1)
    return {
        "DLC percentile": run.samples["percentile"].to_numpy(dtype=np.float64),
        "neighbours that disagree": disagreement(labels, neighbours[0]) + tie_break,
        "cleanlab, one cross-validation of scikit-learn's defaults": _default(run, labels, seed),
        "cleanlab": 1 - table["own_probability"].fillna(1).to_numpy(dtype=np.float64),
        "ours (suspicion)": table["suspicion"].to_numpy(dtype=np.float64),
    }


def _default(run: Run, labels: NDArray[np.int64], seed: int) -> Values:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cleanlab.rank import get_label_quality_scores

        labels = np.unique(labels, return_inverse=True)[1]
        probabilities = cross_val_predict(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
            np.asarray(reduced_features(run)),
            labels,
            cv=StratifiedKFold(5, shuffle=True, random_state=seed),
            method="predict_proba",
        )
        quality = get_label_quality_scores(labels, probabilities.astype(np.float64))
    return -np.asarray(quality, dtype=np.float64)


def within_classes(scores: Values, wrong: Wrong, run: Run) -> float:
    """Return the mean over given classes of the AUROC inside the class, where it is defined."""
    labels = run.samples["class_id"].to_numpy()
    parts = [np.flatnonzero(labels == c) for c in np.unique(labels)]
    values = [roc_auc_score(wrong[p], scores[p]) for p in parts if 0 < wrong[p].mean() < 1]
    return float(np.mean(values))


if __name__ == "__main__":
    main()
