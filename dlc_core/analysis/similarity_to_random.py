"""A subset's measures beside those of random subsets of the same size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlc_core.errors import DLCError
from dlc_core.selection.candidates import Candidates
from dlc_core.selection.draw import draw_order
from dlc_core.similarity.reference import Whole
from dlc_core.similarity.registry import MEASURES, measured

LIKE, CLOSER, FARTHER, UNKNOWN = (
    "like random",
    "closer to the whole than random",
    "farther from the whole than random",
    "not defined for so few samples",
)
REMEMBERED = 1_000  # ranges of random subsets, of one whole: 200 sizes of five measures
REMEMBERED_DRAWS = 5  # N int32 each


@dataclass(frozen=True)
class SimilarityRow:
    """One measure of a subset, beside random.

    Attributes:
        name: in MEASURES.
        title: for people.
        value: of the subset; nan where it is not defined.
        random_low: the smallest of the random subsets' values, of those drawn so far; nan before.
        random_high: the largest.
        words: LIKE, CLOSER, FARTHER or UNKNOWN; "" while random subsets are still being drawn.
    """

    name: str
    title: str
    value: float
    random_low: float
    random_high: float
    words: str


def compared(
    samples: Candidates, kept: ArrayLike, whole: Whole, *, draws: int = 5
) -> Iterator[SimilarityRow]:
    """Measure a subset and as many samples drawn at random inside each class, step by step.

    The random subsets are those of the strategy "random" with seeds 1 to `draws` for the same
    candidates: the same total, pins kept, exclusions left out. "Like random" says only that the
    value lies between the smallest and the largest of a few draws: five draws are no test of
    significance, as a sixth one falls outside of them one time in three.

    Each measure comes first with its value, again with each random subset as it is drawn, and is
    finished once it has words; `{row.name: row for row in compared(...)}` has the finished ones.
    What random gave is remembered for each size, so that a slider that comes back does not wait.

    Args:
        samples: what the subset was chosen from, in the order of `whole`.
        kept: (K,) positions, in any order; with the pins, or random has more samples than it.
        whole: all samples, excluded ones too; keep it for the next call.
        draws: how many random subsets, >= 1.

    Yields:
        Rows in the order of MEASURES, without those that need neighbours where there are none.

    Raises:
        DLCError: if lengths or positions do not fit, or draws is below 1.
    """
    mask = _mask(samples, kept, whole)
    if draws < 1:
        raise DLCError(f"draws must be at least 1, got {draws}.")
    return _rows(samples, mask, whole, draws)


@dataclass(frozen=True, eq=False)
class Memory:
    """What random gave for the same candidates and the same whole.

    Attributes:
        ranges: (measure, size, draws) -> (smallest, largest) value.
        places: seed -> (N,) what `_places` returns.
    """

    ranges: dict[tuple[str, int, int], tuple[float, ...]] = field(default_factory=dict)
    places: dict[int, NDArray[np.int32]] = field(default_factory=dict)


@lru_cache(maxsize=4)  # few: each holds its candidates, its whole and 20 bytes a sample
def _memory(samples: Candidates, whole: Whole) -> Memory:  # noqa: ARG001 - they are the key
    return Memory()


def _rows(
    samples: Candidates, mask: NDArray[np.bool_], whole: Whole, draws: int
) -> Iterator[SimilarityRow]:
    size = int(np.count_nonzero(mask))
    memory = _memory(samples, whole)
    drawn: list[NDArray[np.bool_]] = []
    for name in MEASURES:
        value = measured(name, whole, mask)
        if value is None:
            continue
        random = memory.ranges.get((name, size, draws), ())
        if not random and size:
            yield _row(name, value, ())
            for seed in range(1, draws + 1):
                if len(drawn) < seed:
                    drawn.append(_random(samples, memory, size, seed))
                random = (*random, float(measured(name, whole, drawn[seed - 1]) or 0.0))
                if seed < draws:
                    yield _row(name, value, random)
            random = min(random), max(random)  # nan only if all are: it depends on the size alone
            if len(memory.ranges) >= REMEMBERED:
                memory.ranges.pop(next(iter(memory.ranges)), None)  # a thread may be quicker
            memory.ranges[name, size, draws] = random
        yield _row(name, value, random, finished=True)


def _row(
    name: str, value: float, random: Sequence[float], *, finished: bool = False
) -> SimilarityRow:
    low, high = (min(random), max(random)) if random else (math.nan, math.nan)
    words = _words(name, value, low, high) if finished else ""
    return SimilarityRow(name, MEASURES[name].title, value, low, high, words)


def _words(name: str, value: float, low: float, high: float) -> str:
    if not (math.isfinite(value) and math.isfinite(low) and math.isfinite(high)):
        return UNKNOWN
    slack = 1e-9 * max(abs(low), abs(high), 1e-3)  # equal but for rounding
    if low - slack <= value <= high + slack:
        return LIKE
    return CLOSER if (value < low) == MEASURES[name].lower_is_closer else FARTHER


def _random(samples: Candidates, memory: Memory, size: int, seed: int) -> NDArray[np.bool_]:
    """Return (N,) which samples the strategy "random" keeps; a test holds the two together.

    It takes the first of each class in the seed's order, whatever the size, so the order is sorted
    once: a new size takes a comparison, where the strategy's function would sort again.
    """
    place = memory.places.get(seed)
    if place is None:
        place = _places(samples, seed)
        if len(memory.places) < REMEMBERED_DRAWS:
            memory.places[seed] = place
    totals = samples.totals(size / samples.eligible)  # floor(ratio N + 0.5) is the size again
    return np.asarray(place < totals[samples.rows])


def _places(samples: Candidates, seed: int) -> NDArray[np.int32]:
    """Return each sample's place in its class's draw, (N,): pins first, excluded ones last."""
    turns = samples.turns(draw_order(samples.named, seed=seed))
    sizes = np.bincount(samples.rows, minlength=len(samples.classes))
    order = np.lexsort((turns, samples.rows))
    place = np.empty(len(samples), dtype=np.int32)
    place[order] = np.arange(len(samples)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return place


def _mask(samples: Candidates, kept: ArrayLike, whole: Whole) -> NDArray[np.bool_]:
    if len(samples) != len(whole):
        raise DLCError(f"expected as many samples as components, got {len(samples)}, {len(whole)}.")
    positions = np.asarray(kept, dtype=np.int64)
    if len(positions) and not 0 <= positions.min() <= positions.max() < len(samples):
        raise DLCError(f"kept must be positions in [0, {len(samples)}), got others.")
    mask = np.zeros(len(samples), dtype=np.bool_)
    mask[positions] = True
    if np.count_nonzero(mask) != len(positions):
        raise DLCError("kept positions must be distinct, got one twice.")
    wrong = int(np.count_nonzero(mask & samples.excluded))
    if wrong:
        raise DLCError(f"excluded samples are never kept, got {wrong} of them; leave them out.")
    return mask
