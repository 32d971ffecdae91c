"""How long evidence takes: the first gap, the default curve, the choice of gamma.

Command:

    python -m benchmarks.evidence [--samples 2000 50000] [--dimensions 1280]

Cost: about a minute for 2,000 samples on one core, some minutes for 50,000. Gaussian classes with a
fifth of the labels wrong; nothing of how long it takes depends on the values. Prints one JSON
object: for each number of samples the seconds until the first gap to random has an interval (all
arms at 10 %, two seeds), until the whole default curve is there (4 strategies, 8 keep_ratios, 10
seeds, full data), and for gamma = auto and auto among strategies at 10 % (the latter two alone).
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from benchmarks.driving import load
from dlc_core.evidence import Record, Trial, choose, findings, measured, parse_arm, room_of
from dlc_core.evidence.material import Material
from dlc_core.ranking import key_places
from dlc_core.selection.draw import Keys

CLASSES = 10


def material_of_noise(samples: int, dimensions: int) -> Material:
    """Return Gaussian classes, a fifth of their labels wrong, and scores that know some of it."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, CLASSES, samples)
    centres = 0.15 * rng.normal(size=(CLASSES, dimensions)).astype(np.float32)
    features = centres[truth]
    for start in range(0, samples, 5000):
        part = features[start : start + 5000]
        part += rng.normal(size=part.shape).astype(np.float32)
    wrong = rng.random(samples) < 0.2
    rows = np.where(wrong, rng.integers(0, CLASSES, samples), truth)
    names = tuple(f"{i}.jpg" for i in range(samples))
    nothing = np.zeros(samples, dtype=np.bool_)
    scores = {"score": rng.random(samples) + 0.5 * wrong}
    return Material(
        features, rows, rows, CLASSES, Keys(names, key_places(names)), scores, nothing, nothing
    )


def times_of(samples: int, dimensions: int) -> dict[str, float]:
    """Return the seconds of everything."""
    material, trial = material_of_noise(samples, dimensions), Trial.of()
    trial = trial.within(room_of(material, trial.seeds))
    record = Record({}, material.judged)
    began, times = time.perf_counter(), {}
    early = 2 * (len(trial.arms) + 2)
    for number, cell in enumerate(measured(material, trial), 1):
        record.cells[cell.key] = cell
        if number == early:
            record.held = {seed: material.held_places(seed) for seed in range(trial.seeds)}
            assert any(one.to_random for one in findings(record))
            times["first"] = time.perf_counter() - began
    findings(record)
    times["curve"] = time.perf_counter() - began
    part = material.part(0)
    for name in ("flexrand:auto", "auto"):
        began = time.perf_counter()
        choose(part, parse_arm(name).choices, keep_ratio=0.1, seed=0)
        times[name] = time.perf_counter() - began
    return {name: round(seconds, 2) for name, seconds in times.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long evidence takes.")
    parser.add_argument("--samples", type=int, nargs="+", default=[2000])
    parser.add_argument("--dimensions", type=int, default=1280)
    options = parser.parse_args()
    found = {str(n): times_of(n, options.dimensions) for n in options.samples}
    print(json.dumps({"seconds": found, "dimensions": options.dimensions, "load": load()}))


if __name__ == "__main__":
    main()
