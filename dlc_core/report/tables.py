"""The report's tables: kept per class, issues, decisions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.issues import ISSUES, read_issues
from dlc_core.needs import offered
from dlc_core.report.kept import Kept
from dlc_core.runs import Run

MOST_ROWS = 40


@dataclass(frozen=True)
class ClassRow:
    """One class.

    Attributes:
        class_id: which.
        samples, kept, excluded: of it.
        share: kept of its samples, in [0, 1].
        hardness: mean percentile within the class of what is kept, or None if nothing is.
    """

    class_id: int
    samples: int
    kept: int
    excluded: int
    share: float
    hardness: float | None


@dataclass(frozen=True)
class IssueRow:
    """One issue: how many samples it concerns, and how many of them are kept."""

    title: str
    description: str
    samples: int
    kept: int


def class_rows(run: Run, kept: Kept, shown: list[int]) -> list[ClassRow]:
    """Return a row for each of some classes.

    Args:
        run: the run.
        kept: what is kept of it.
        shown: the classes.
    """
    class_ids = run.samples["class_id"].to_numpy()
    percentile = run.samples["percentile"].to_numpy()
    size = len(run.classes)
    samples = np.bincount(class_ids, minlength=size)
    held = np.bincount(class_ids[kept.mask], minlength=size)
    excluded = np.bincount(class_ids[kept.excluded_mask], minlength=size)
    sums = np.bincount(class_ids[kept.mask], weights=percentile[kept.mask], minlength=size)
    return [
        ClassRow(
            i,
            int(samples[i]),
            int(held[i]),
            int(excluded[i]),
            float(held[i] / samples[i]),
            float(sums[i] / held[i]) if held[i] else None,
        )
        for i in shown
    ]


def issue_rows(run: Run, kept: NDArray[np.bool_]) -> list[IssueRow]:
    """Return a row for each issue, or none if they have not been looked for."""
    table = read_issues(run)
    if table is None:
        return []
    rows = []
    for issue in offered(run, ISSUES).values():
        mask = issue.mask(table)
        counts = int(np.count_nonzero(mask)), int(np.count_nonzero(mask & kept))
        rows.append(IssueRow(issue.title, issue.description, *counts))
    return rows
