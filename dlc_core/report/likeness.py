"""What a caller may say of how a subset resembles the whole, beside random's value."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Likeness:
    """One measure of a subset against the whole, as a row of the report.

    Attributes:
        name: of the measure.
        value: the subset's; NaN = it is not defined.
        random_low, random_high: the smallest and largest value of random subsets of the same size.
        words: one sentence on what it means.
        random_mean: the mean of those random subsets, or None if it is not known.
    """

    name: str
    value: float
    random_low: float
    random_high: float
    words: str
    random_mean: float | None = None

    @property
    def verdict(self) -> str:
        """Where the subset lies beside random: "below", "within" or "above"; "" if undefined."""
        if not all(map(math.isfinite, (self.value, self.random_low, self.random_high))):
            return ""
        if self.value < self.random_low:
            return "below"
        return "above" if self.value > self.random_high else "within"
