"""Time and memory against the number of samples, on small synthetic images.

    python -m benchmarks.scale 1000 10000 100000 [--masks N] [--project]

Each size runs in a process of its own: the demo backbone, the fast profile, images of 8 x 8 pixels
in ten classes. Memory is the peak of RssAnon (Linux): anonymous memory, mapped files apart, less
what the process holds once libraries and model are loaded.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.machine import describe_machine
from benchmarks.memory import AnonymousMemory
from dlc_core.datasets import Dataset
from dlc_core.datasets.dataset import Sample

CLASSES = 10
SIDE = 8


def synthetic(count: int) -> Dataset:
    """Return images of noise over a pattern of their class."""
    patterns = np.random.default_rng(0).integers(0, 160, (CLASSES, SIDE, SIDE))

    def read(sample: Sample) -> Image.Image:
        noise = np.random.default_rng(sample.id).integers(0, 96, (SIDE, SIDE))
        return Image.fromarray((patterns[sample.class_id] + noise).astype(np.uint8))

    samples = tuple(Sample(i, f"{i % CLASSES}/{i:07d}.png", i % CLASSES) for i in range(count))
    names = tuple(str(c) for c in range(CLASSES))
    return Dataset("synthetic", "synthetic", "", None, names, samples, (), read)


def measure(count: int, masks: int | None, *, project: bool) -> dict[str, float]:
    """Score so many samples; return seconds and bytes."""
    from dlc_core.backbones import load_backbone
    from dlc_core.pipeline import score_run
    from dlc_core.projection import project_run
    from dlc_core.scoring import ScoreSettings

    backbone = load_backbone("demo")
    memory = AnonymousMemory()
    memory.start()
    with tempfile.TemporaryDirectory() as folder:
        settings = ScoreSettings(profile="fast", masks=masks)
        begun = time.perf_counter()
        run = score_run(synthetic(count), backbone, out=Path(folder) / "run", settings=settings)
        scored = time.perf_counter() - begun
        scored_peak = memory.peak_bytes
        if project:
            project_run(run)
        sizes = sum(file.stat().st_size for file in run.path.iterdir())
    return {
        "samples": count,
        "masks": run.info["masking"]["masks"],
        "score_seconds": round(scored, 1),
        "decodes": run.info["timings"]["decodes"],
        "score_memory": scored_peak - memory.start_bytes,
        "projection_seconds": round(time.perf_counter() - begun - scored, 1),
        "memory": memory.peak_bytes - memory.start_bytes,
        "run_bytes": sizes,
    }


def main() -> None:
    """Measure each size in its own process and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="+", type=int)
    parser.add_argument("--masks", type=int)
    parser.add_argument("--project", action="store_true", help="compute the map as well")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.counts[0], options.masks, project=options.project)))
        return
    print(describe_machine() + "\n")
    print(
        "| samples | masks | scoring, s | memory of scoring, MB | map, s | memory, MB | run, MB |"
    )
    print("| --- " * 7 + "|")
    for count in options.counts:
        words = [sys.executable, "-m", "benchmarks.scale", str(count), "--child"]
        words += ["--masks", str(options.masks)] if options.masks else []
        words += ["--project"] if options.project else []
        result = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
        value = json.loads(result.stdout.splitlines()[-1])
        print(
            f"| {value['samples']:,} | {value['masks']} | {value['score_seconds']} | "
            f"{value['score_memory'] / 1e6:.0f} | {value['projection_seconds']} | "
            f"{value['memory'] / 1e6:.0f} | {value['run_bytes'] / 1e6:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
