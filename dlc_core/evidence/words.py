"""Findings as sentences: what to expect, whether it beats random, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dlc_core.evidence.arms import RANDOM
from dlc_core.evidence.available_samples import Room
from dlc_core.evidence.finding import Finding
from dlc_core.evidence.interval import LEVEL
from dlc_core.evidence.trial import FULL
from dlc_core.plurals import counted

POINTS = 1.0  # within so many points of the full data counts as near


def verdict(finding: Finding) -> str:
    """Return "better", "worse" or "within noise" of random; "" for random itself and full."""
    return "" if finding.to_random is None else finding.to_random.verdict


@dataclass(frozen=True)
class Advice:
    """What to do at a keep_ratio.

    Attributes:
        headline: what to expect with which arm; no full stop.
        detail: what that rests on and what follows, a sentence.
    """

    headline: str
    detail: str

    def __str__(self) -> str:
        return f"{self.headline}; {self.detail}"


def advice(
    found: Sequence[Finding], keep_ratio: float, *, named: Callable[[str], str] = str
) -> Advice | None:
    """Return what to do at a keep_ratio.

    Args:
        found: findings.
        keep_ratio: one that was measured.
        named: what an arm is called.

    Returns:
        None if nothing was measured at it.
    """
    here = [one for one in found if one.keep_ratio == keep_ratio and one.arm != FULL]
    plain = next((one for one in here if one.arm == RANDOM.name), None)
    if plain is None:
        return None
    others = [one for one in here if one.to_random is not None]
    better = [one for one in others if verdict(one) == "better"]
    full = next((one for one in found if one.arm == FULL), None)
    beside = "" if full is None else f" (full: {_percent(full.accuracy)})"
    kept = f"At {_share(keep_ratio)} kept expect"
    if better:
        # The one that is surely better, not the one that came out on top.
        best = max(better, key=lambda one: one.to_random.low if one.to_random else 0.0)
        assert best.to_random is not None
        return Advice(
            f"{kept} {_percent(best.accuracy)}{beside} with {named(best.arm)}",
            f"{_points(best.to_random.mean)} points on random, {_interval(best)}. Choose by it.",
        )
    worse = [one for one in others if verdict(one) == "worse"]
    headline = f"{kept} {_percent(plain.accuracy)}{beside} with random"
    if not others:
        return Advice(headline, "nothing else was measured.")
    if len(worse) == len(others):
        return Advice(headline, "all else that was tried is worse: choose at random.")
    return Advice(
        headline,
        "all that was tried does as well within noise, or worse: choose at random, or for "
        "diversity, not for hardness.",
    )


def cheapest(found: Sequence[Finding], *, points: float = POINTS) -> Finding | None:
    """Return the smallest subset whose accuracy is within `points` of the full data's.

    Its interval must not reach below that, so noise alone does not make a subset look enough; at
    the same keep_ratio random goes first, then the more accurate. None if there is none, or if the
    full data's accuracy is itself so small that being near it says nothing.
    """
    if _is_tiny(found, points):
        return None
    near = [one for one in found if one.to_full is not None and 100 * one.to_full.low >= -points]
    return min(
        near,
        key=lambda one: (one.keep_ratio, one.arm != RANDOM.name, -one.accuracy),
        default=None,
    )


def cheapest_words(
    found: Sequence[Finding], *, points: float = POINTS, named: Callable[[str], str] = str
) -> str:
    """Return `cheapest` as a sentence; `named` says what an arm is called."""
    if all(one.arm != FULL for one in found):
        return "The full data was not measured, so how near a subset comes to it is not known."
    if _is_tiny(found, points):
        full = next(one for one in found if one.arm == FULL)
        return (
            f"The full data itself reaches {_percent(full.accuracy)} only, so being within "
            f"{counted(points, 'point')} of it says nothing: the features do not tell these "
            "classes apart."
        )
    one = cheapest(found, points=points)
    if one is None:
        return (
            f"No measured subset is surely within {counted(points, 'point')} of the full data; "
            "keep more, or measure more seeds."
        )
    return (
        f"The smallest measured subset that is surely within {counted(points, 'point')} of the "
        f"full data keeps {_share(one.keep_ratio)} ({named(one.arm)}, {_percent(one.accuracy)})."
    )


def _is_tiny(found: Sequence[Finding], points: float) -> bool:
    """Whether so many points are more than a tenth of the full data's accuracy."""
    return any(one.arm == FULL and 10 * points > 100 * one.accuracy for one in found)


def shares_words(room: Room) -> str:
    """Return what the shares kept are of, and what the full data is, as a sentence."""
    if room.outer == room.whole:
        return f"Shares kept are of {counted(room.whole, 'sample')}; full is all of them."
    return (
        f"Shares kept are of all {counted(room.whole, 'sample')}; full is the {room.outer:,} that "
        "are not held out."
    )


def many(found: Sequence[Finding]) -> str:
    """Return how many comparisons were made and what that means; "" for fewer than two."""
    count = sum(one.to_random is not None for one in found)
    if count < 2:
        return ""
    return (
        f"{counted(count, 'comparison')} with random at {100 * LEVEL:.0f} %: about "
        f"{(1 - LEVEL) * count:.1f} of them would look better or worse by chance alone."
    )


def describe(finding: Finding) -> str:
    """Return one finding as a line, such as for a terminal."""
    parts = [f"{_share(finding.keep_ratio):>6}  {finding.arm:<24} {_percent(finding.accuracy):>7}"]
    if finding.to_random is not None:
        parts.append(
            f"{_points(finding.to_random.mean):>6} {_interval(finding):<17} {verdict(finding)}"
        )
    if finding.chosen:
        parts.append("chose " + ", ".join(f"{arm} x{count}" for arm, count in finding.chosen[:3]))
    return "  ".join(parts)


def _interval(finding: Finding) -> str:
    gap = finding.to_random
    assert gap is not None
    return f"[{_points(gap.low)}, {_points(gap.high)}]"


def _points(value: float) -> str:
    return f"{100 * value:+.1f}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _share(value: float) -> str:
    return f"{100 * value:g} %"
