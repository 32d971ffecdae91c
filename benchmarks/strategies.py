"""Seconds and memory of each strategy on synthetic features.

    python -m benchmarks.strategies [NAME ...] [--samples 50000] [--width 512] [--classes 100 10]
                                    [--keep 0.3] [--global]

Features are float16, mapped from a file as those of a run are: five Gaussian clusters for each
class. Each strategy runs in a process of its own, on one thread, without pins and exclusions.
`--global` adds one class that holds all samples. Prints one JSON object: for each strategy and
number of classes wall seconds, processor seconds (what one core that does nothing else would need)
and the peak of RssAnon (Linux: anonymous memory, mapped files apart) less what the process held
before, in MB. Of strategies that remember their order, the first call is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.memory import AnonymousMemory
from dlc_core.selection import STRATEGIES, choose
from dlc_core.selection.candidates import candidates

CLUSTERS = 5  # of each class
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def write_features(path: Path, samples: int, width: int, classes: int) -> None:
    """Write (samples, width) float16 features; sample i is of class i % classes."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(classes * CLUSTERS, width)).astype(np.float32)
    found = np.lib.format.open_memmap(path, "w+", np.float16, (samples, width))
    for start in range(0, samples, 4096):
        ids = np.arange(start, min(start + 4096, samples)) % classes
        cluster = ids * CLUSTERS + rng.integers(0, CLUSTERS, len(ids))
        noise = rng.standard_normal((len(ids), width), np.float32)
        found[start : start + 4096] = centres[cluster] + noise
    found.flush()


def measure(name: str, path: Path, classes: int, keep: float) -> dict[str, float]:
    """Choose once; return seconds and megabytes."""
    features = np.load(path, mmap_mode="r")
    ids = np.arange(len(features)) % classes
    scores = np.random.default_rng(1).gamma(2.0, 1.0, len(features))
    keys = [f"{c:03d}/{i:07d}.jpg" for i, c in enumerate(ids.tolist())]
    samples = candidates(scores, ids, keys, load_features=lambda: features)
    import sklearn.cluster  # noqa: F401 - libraries are not the strategy's memory

    memory = AnonymousMemory()
    memory.start()
    wall, processor = time.perf_counter(), time.process_time()
    kept = choose(samples, STRATEGIES[name], keep_ratio=keep)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = max(memory.peak_bytes, memory.now()) - memory.start_bytes
    return {
        "kept": len(kept),
        "seconds": round(wall, 2),
        "processor_seconds": round(processor, 2),
        "peak_extra_mb": round(peak / 1e6, 1),
    }


def main() -> None:
    """Measure each strategy in its own process and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", default=list(STRATEGIES))
    parser.add_argument("--samples", type=int, default=50_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--classes", type=int, nargs="+", default=[100, 10])
    parser.add_argument("--keep", type=float, default=0.3)
    parser.add_argument("--global", dest="whole", action="store_true", help="one class as well")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        (name,), (classes,) = options.names, options.classes
        print(json.dumps(measure(name, options.child, classes, options.keep)))
        return
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in options.names}
    environment = os.environ | dict.fromkeys(THREADS, "1")
    with tempfile.TemporaryDirectory() as folder:
        for classes in [*options.classes, *([1] if options.whole else [])]:
            path = Path(folder) / "features.npy"
            write_features(path, options.samples, options.width, classes)
            for name in options.names:
                words = [sys.executable, "-m", "benchmarks.strategies", name, "--child", str(path)]
                words += ["--classes", str(classes), "--keep", str(options.keep)]
                result = subprocess.run(
                    words, stdout=subprocess.PIPE, text=True, check=True, env=environment
                )
                found[name][str(classes)] = json.loads(result.stdout.splitlines()[-1])
                print(name, classes, found[name][str(classes)], file=sys.stderr, flush=True)
    head = {"machine": describe_machine(), "samples": options.samples, "width": options.width}
    print(json.dumps(head | {"keep_ratio": options.keep, "strategies": found}))


if __name__ == "__main__":
    main()
