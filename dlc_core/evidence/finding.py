"""Findings: what the cells of a trial say, in numbers and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.interval import Gap, paired_gap
from dlc_core.evidence.measurement import Cell
from dlc_core.evidence.store import Record
from dlc_core.evidence.trial import FULL


@dataclass(frozen=True)
class Finding:
    """One arm at one keep_ratio, over the seeds that are measured.

    Attributes:
        arm: its name; "full" for all of the training part.
        keep_ratio: share of the whole run that is kept; 1 for "full", whatever is held out.
        kept: samples, the mean over the seeds.
        accuracy, macro_f1, worst_class: means, in [0, 1].
        to_random: accuracy less that of random at the same keep_ratio, seed by seed; None for
            random and full.
        to_full: accuracy less that of the full training part; None for full.
        chosen: of an arm of "auto", the fixed arms it chose and how often, most often first.
        seconds: learning, the mean; choice_seconds: choosing.
    """

    arm: str
    keep_ratio: float
    kept: float
    accuracy: float
    macro_f1: float
    worst_class: float
    to_random: Gap | None
    to_full: Gap | None
    chosen: tuple[tuple[str, int], ...]
    seconds: float
    choice_seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, with the verdict."""
        values = asdict(self)
        for name in ("to_random", "to_full"):
            gap = getattr(self, name)
            if gap is not None:
                ends = {"low": _finite(gap.low), "high": _finite(gap.high)}
                values[name] = {**values[name], **ends, "verdict": gap.verdict}
        return values


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def findings(record: Record) -> list[Finding]:
    """Return the findings, full first, then by keep_ratio, random first.

    Args:
        record: of one material, with any number of cells.
    """
    by_key = record.cells
    groups: dict[tuple[float, str], list[Cell]] = {}
    for cell in by_key.values():
        groups.setdefault((cell.keep_ratio, cell.arm), []).append(cell)

    def order(key: tuple[float, str]) -> tuple[bool, float, bool, str]:
        ratio, arm = key
        return arm != FULL, ratio, arm != RANDOM.name, arm

    found = []
    for ratio, arm in sorted(groups, key=order):
        mine = groups[ratio, arm]
        beside = [(cell, by_key.get((RANDOM.name, ratio, cell.seed))) for cell in mine]
        above = [(cell, by_key.get((FULL, 1.0, cell.seed))) for cell in mine]
        names = [cell.chosen for cell in mine if cell.chosen]
        often = sorted({n: names.count(n) for n in names}.items(), key=lambda one: -one[1])

        def mean(values: list[float]) -> float:
            return float(np.mean(values))

        found.append(
            Finding(
                arm,
                ratio,
                mean([cell.kept for cell in mine]),
                mean([cell.accuracy for cell in mine]),
                mean([cell.macro_f1 for cell in mine]),
                mean([cell.worst_class for cell in mine]),
                None if arm in (RANDOM.name, FULL) else _gap(beside, record),
                None if arm == FULL else _gap(above, record),
                tuple(often),
                mean([cell.seconds for cell in mine]),
                mean([cell.choice_seconds for cell in mine]),
            )
        )
    return found


def _gap(pairs: list[tuple[Cell, Cell | None]], record: Record) -> Gap | None:
    rows = []
    for one, other in pairs:
        if other is None or one.seed not in record.held:
            continue
        row = np.full(record.judged, np.nan, dtype=np.float32)
        row[record.held[one.seed]] = one.right.astype(np.float32) - other.right
        rows.append(row)
    return paired_gap(np.stack(rows)) if rows else None
