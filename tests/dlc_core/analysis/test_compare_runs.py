"""Two runs compared, against loops written from the definitions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dlc_core.analysis.compare_runs import Comparison, class_correlations, compare_runs
from dlc_core.errors import DLCError
from dlc_core.runs import Run


def run_of(rows: list[tuple[str, str, float]], name: str = "a") -> Run:
    """A run in memory: (path, label, score) of each sample; ranks are not looked at."""
    run = Run(Path("/nowhere") / name, {})
    table = pd.DataFrame(rows, columns=["path", "label", "score"]).assign(id=np.arange(len(rows)))
    vars(run)["samples"] = table
    return run


def two_runs(n: int, classes: int, seed: int, levels: int = 0) -> tuple[Run, Run]:
    """Two runs that agree somewhat, in different row orders, each lacking some samples."""
    rng = np.random.default_rng(seed)
    labels = [f"class {c}" for c in rng.integers(classes, size=n)]
    paths = [f"{label}/{i}.png" for i, label in enumerate(labels)]
    one = rng.normal(size=n)
    two = one + rng.normal(size=n)
    if levels:  # many equal scores
        one, two = np.round(one * levels), np.round(two * levels)
    other = [f"other {label}" if rng.random() < 0.1 else label for label in labels]
    first = [(paths[i], labels[i], one[i]) for i in rng.permutation(n) if rng.random() < 0.9]
    second = [(paths[i], other[i], two[i]) for i in rng.permutation(n) if rng.random() < 0.9]
    return run_of(first), run_of(second, "b")


def literal_ranks(values: list[float]) -> list[float]:
    """Mean rank of equal values, 1 = smallest."""
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def literal_spearman(one: list[float], two: list[float]) -> float:
    a, b = literal_ranks(one), literal_ranks(two)
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    up = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    down = math.sqrt(sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b))
    return up / down if down else math.nan


def by_path(run: Run) -> dict[str, tuple[str, float]]:
    """(label, score) of each path."""
    table = run.samples
    columns = zip(table["path"], table["label"], table["score"], strict=True)
    return {str(path): (str(label), float(score)) for path, label, score in columns}


def literal_comparison(first: Run, second: Run, share: float) -> dict[str, Any]:
    """What compare_runs says, sample by sample."""
    one, two = by_path(first), by_path(second)
    both = [path for path in one if path in two]
    same = [path for path in both if one[path][0] == two[path][0]]
    groups: dict[str, list[str]] = {}
    for path in same:
        groups.setdefault(one[path][0], []).append(path)
    percentiles: list[dict[str, float]] = []
    hardest: list[dict[str, list[str]]] = []
    for run in (one, two):
        found: dict[str, float] = {}
        top: dict[str, list[str]] = {}
        for label, group in groups.items():
            order = sorted(group, key=lambda path: (run[path][1], path), reverse=True)
            for place, path in enumerate(order, start=1):
                n = len(order)
                found[path] = 100 * (n - place) / (n - 1) if n > 1 else 50.0
            top[label] = order[: max(1, math.floor(share * len(order) + 0.5))]
        percentiles.append(found)
        hardest.append(top)
    rho = {
        label: literal_spearman([one[p][1] for p in group], [two[p][1] for p in group])
        for label, group in groups.items()
    }
    known = {label: value for label, value in rho.items() if not math.isnan(value)}
    size = sum(len(groups[label]) for label in known)
    taken = sum(len(top) for top in hardest[0].values())
    return {
        "paths": same,
        "only": (len(one) - len(both), len(two) - len(both)),
        "label_differs": len(both) - len(same),
        "percentiles": [[found[path] for path in same] for found in percentiles],
        "spearman": sum(len(groups[c]) * r for c, r in known.items()) / size if size else math.nan,
        "rho": rho,
        "sizes": {label: len(group) for label, group in groups.items()},
        "agreed": sum(len({*hardest[0][c]} & {*hardest[1][c]}) for c in groups) / taken,
        "chance": sum(len(hardest[0][c]) ** 2 / len(groups[c]) for c in groups) / taken,
        "overlap": {
            c: len({*hardest[0][c]} & {*hardest[1][c]}) / len(hardest[0][c]) for c in groups
        },
    }


@pytest.mark.parametrize("n", [12, 60, 300])
@pytest.mark.parametrize("classes", [1, 4, 40])
@pytest.mark.parametrize("levels", [0, 1])
def test_the_comparison_is_the_literal_one(n: int, classes: int, levels: int) -> None:
    first, second = two_runs(n, classes, seed=n + classes, levels=levels)
    found = compare_runs(first, second)
    for share in (0.05, 0.2, 0.5, 1.0):
        expected = literal_comparison(first, second, share)
        overlap = found.overlap(share)
        assert overlap.agreed == pytest.approx(expected["agreed"])
        assert overlap.chance == pytest.approx(expected["chance"])
    expected = literal_comparison(first, second, 0.2)
    assert first.samples["path"].to_numpy()[found.rows_first].tolist() == expected["paths"]
    assert second.samples["path"].to_numpy()[found.rows_second].tolist() == expected["paths"]
    assert (found.only_first, found.only_second) == expected["only"]
    assert found.label_differs == expected["label_differs"]
    assert len(found) == len(expected["paths"])
    np.testing.assert_allclose(found.percentile_first, expected["percentiles"][0])
    np.testing.assert_allclose(found.percentile_second, expected["percentiles"][1])
    np.testing.assert_allclose(
        found.disagreement, np.subtract(expected["percentiles"][1], expected["percentiles"][0])
    )
    assert found.spearman == pytest.approx(expected["spearman"], nan_ok=True)
    table = found.per_class
    assert table["label"].tolist() == sorted(expected["sizes"])
    assert dict(zip(table["label"], table["n"], strict=True)) == expected["sizes"]
    for row in table.itertuples():
        assert row.spearman == pytest.approx(expected["rho"][row.label], nan_ok=True)
        assert row.overlap == pytest.approx(expected["overlap"][row.label])


def test_correlations_are_scipys() -> None:
    from scipy.stats import spearmanr

    rng = np.random.default_rng(0)
    classes = rng.integers(5, size=200)
    one, two = rng.integers(6, size=200).astype(float), rng.normal(size=200)
    found = class_correlations(one, two, classes)
    for c in range(5):
        assert found[c] == pytest.approx(spearmanr(one[classes == c], two[classes == c])[0])


def same_twice(rows: list[tuple[str, str, float]]) -> Comparison:
    return compare_runs(run_of(rows), run_of(rows[::-1], "b"))


def test_a_run_agrees_with_itself_whatever_the_order() -> None:
    found = same_twice([(f"{i}.png", "ab"[i % 2], float(i % 5)) for i in range(20)])
    assert found.spearman == pytest.approx(1.0)
    assert not found.disagreement.any()
    assert found.overlap().agreed == 1.0
    assert found.overlap().chance == pytest.approx(0.2)


def test_the_opposite_order_is_minus_1() -> None:
    rows = [(f"{i}.png", "a", float(i)) for i in range(10)]
    found = compare_runs(run_of(rows), run_of([(p, c, -s) for p, c, s in rows], "b"))
    assert found.spearman == pytest.approx(-1.0)
    assert found.disagreement.tolist() == pytest.approx(np.linspace(100, -100, 10).tolist())
    assert found.overlap(0.3).agreed == 0.0
    assert found.strongest(3).tolist() == [0, 9, 1]


def test_constant_classes_and_classes_of_one_do_not_count() -> None:
    rows = [("a1", "a", 1.0), ("a2", "a", 1.0), ("b1", "b", 1.0)]
    found = same_twice(rows)
    assert math.isnan(found.spearman)
    assert np.isnan(found.class_spearman).all()
    assert found.percentile_first.tolist() == [0.0, 100.0, 50.0]
    more = same_twice([*rows, ("c1", "c", 1.0), ("c2", "c", 2.0)])
    assert more.spearman == pytest.approx(1.0)


def test_chance_is_what_random_orders_share() -> None:
    rng = np.random.default_rng(0)
    labels = ["a"] * 30 + ["b"] * 11
    shared = []
    for _ in range(300):
        runs = [
            run_of([(str(i), label, rng.random()) for i, label in enumerate(labels)])
            for _ in range(2)
        ]
        overlap = compare_runs(*runs).overlap()
        shared.append(overlap.agreed)
    assert np.mean(shared) == pytest.approx(overlap.chance, abs=0.03)


def test_refusals() -> None:
    one = run_of([("1", "a", 1.0), ("2", "a", 2.0)])
    with pytest.raises(DLCError, match="a and b share 1 path, 1 of them with the same label"):
        compare_runs(one, run_of([("1", "a", 1.0), ("3", "a", 2.0)], "b"))
    with pytest.raises(DLCError, match="share 2 paths, 1 of them"):
        compare_runs(one, run_of([("1", "a", 1.0), ("2", "b", 2.0)], "b"))
    with pytest.raises(DLCError, match="same path twice"):
        compare_runs(one, run_of([("1", "a", 1.0), ("1", "a", 2.0)], "b"))
    for share in (0.0, 1.1, math.nan):
        with pytest.raises(DLCError, match=r"share must be in \(0, 1\]"):
            compare_runs(one, one).overlap(share)
