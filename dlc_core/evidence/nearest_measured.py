"""What was measured at the keep_ratio nearest to one that was not, and what that says."""

from __future__ import annotations

from collections.abc import Sequence

from dlc_core.evidence.arm_names import arm_of, title
from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.finding import Finding
from dlc_core.recipes import Recipe

NEAR = 1.5  # a measured keep_ratio at most so many times as large or small still speaks


def nearest(found: Sequence[Finding], keep_ratio: float) -> float | None:
    """Return the measured keep_ratio nearest to one; None if none below 1 was measured."""
    ratios = {one.keep_ratio for one in found if one.keep_ratio < 1}
    return min(ratios, key=lambda ratio: (_times(ratio, keep_ratio), ratio), default=None)


def near(ratio: float, keep_ratio: float) -> bool:
    """Whether what was measured at one keep_ratio says something of another."""
    return _times(ratio, keep_ratio) <= NEAR


def _times(one: float, other: float) -> float:
    return round(max(one, other) / min(one, other), 9)


def off(ratio: float, keep_ratio: float) -> str:
    """Return that another keep_ratio was measured than the Prune page's; "" if not."""
    if abs(ratio - keep_ratio) <= 0.005:
        return ""
    return (
        f"The Prune page keeps {100 * keep_ratio:g} %; {100 * ratio:g} % is the nearest that was "
        "measured."
    )


def present(found: Sequence[Finding], recipe: Recipe, ratio: float) -> str:
    """Return how the Prune page's strategy does at a measured keep_ratio, as a sentence."""
    arm = arm_of(recipe)
    if arm is None:
        return "The Prune page's choice is of a kind that is not measured here."
    if arm == RANDOM:
        return "The Prune page has random."
    one = next((x for x in found if (x.arm, x.keep_ratio) == (arm.name, ratio)), None)
    if one is None or one.to_random is None:
        return f"The Prune page's choice, {title(arm.name)}, is not measured yet."
    gap = one.to_random
    return (
        f"The Prune page's choice, {title(arm.name)}: {100 * gap.mean:+.1f} points on random "
        f"[{100 * gap.low:+.1f}, {100 * gap.high:+.1f}], {gap.verdict}."
    )
