"""How long it takes to say how much a subset looks like the whole.

Command:

    python -m benchmarks.similarity [--samples 100000 1000000] [--keep 0.3] [--sizes 5]

Cost: about a minute on two cores. Random Gaussian components (d = 50), 100 classes, k = 10 random
neighbours, which is the slowest case for the memory. Prints one JSON object: for each number of
samples the milliseconds of

- `order`: ordering the candidates, which the page has done before (not part of similarity);
- `prepare`: what is computed once of the whole;
- each measure of one subset, median over several sizes;
- `first`: all rows of the very first subset, whose random draws hash every key; `first_step`, its
  longest step;
- `new_size` and `new_size_step`: the same for a size that was not asked for before, median total
  and longest step of any; `known_size`: for one that was.

`load` is the machine's load average at the time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dlc_core.analysis.similarity_to_random import compared
from dlc_core.selection.candidates import Candidates, candidates
from dlc_core.selection.choose import choose
from dlc_core.selection.strategies.flexrand import STRATEGY
from dlc_core.similarity import MEASURES, Whole, measured, whole_of

CLASSES, DIMENSIONS, NEIGHBOURS = 100, 50, 10


def milliseconds(work: Callable[[], Any]) -> float:
    """Return how long the work takes, once."""
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def steps(samples: Candidates, whole: Whole, ratio: float) -> list[float]:
    """Return the milliseconds of each step of a comparison; choosing the subset is not counted."""
    kept = choose(samples, STRATEGY, keep_ratio=ratio, parameters={"gamma": 0.3})
    times, begun = [], time.perf_counter()
    for _ in compared(samples, kept, whole):
        now = time.perf_counter()
        times.append(1000 * (now - begun))
        begun = now
    return times


def times_of(count: int, keep: float, sizes: int) -> dict[str, float]:
    """Return all times for `count` samples."""
    rng = np.random.default_rng(0)
    components = rng.standard_normal((count, DIMENSIONS), dtype=np.float32)
    neighbours = rng.integers(0, count, (count, NEIGHBOURS), dtype=np.int32)
    class_ids = rng.integers(0, CLASSES, count)
    scores, names = rng.random(count), [f"images/{row:07d}.jpg" for row in range(count)]
    begun = time.perf_counter()
    samples = candidates(scores, class_ids, names)
    choose(samples, STRATEGY, keep_ratio=keep, parameters={"gamma": 0.3})
    found = {"order": 1000 * (time.perf_counter() - begun)}
    whole = whole_of(components, class_ids, neighbours)
    everything = np.ones(count, dtype=np.bool_)
    found["prepare"] = milliseconds(
        lambda: [measured(name, whole, everything) for name in MEASURES]
    )
    ratios = [keep + step / 100 for step in range(sizes)]
    masks = [rng.random(count) < ratio for ratio in ratios]
    for name in MEASURES:
        works = [partial(measured, name, whole, mask) for mask in masks]
        found[name] = statistics.median(map(milliseconds, works))
    first = steps(samples, whole, keep)
    new = [steps(samples, whole, ratio) for ratio in ratios[1:]]
    known = [sum(steps(samples, whole, ratio)) for ratio in ratios]
    return found | {
        "first": sum(first),
        "first_step": max(first),
        "new_size": statistics.median(map(sum, new)),
        "new_size_step": max(map(max, new)),
        "known_size": statistics.median(known),
    }


def main() -> None:
    """Make the samples, time them, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--samples", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--keep", type=float, default=0.3)
    parser.add_argument("--sizes", type=int, default=5)
    options = parser.parse_args()
    result: dict[str, Any] = {"keep": options.keep, "unit": "ms"}
    for count in options.samples:
        found = times_of(count, options.keep, options.sizes)
        result[str(count)] = {name: round(value, 1) for name, value in found.items()}
    print(json.dumps(result | {"load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
