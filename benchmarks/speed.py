"""How much faster than the literal procedure, and how far the scores agree, in one run.

    python -m benchmarks.speed IMAGES --backbone mobilenet_v2 --weights FILE [--limit 100]

Each repeat measures, one after the other on the same images, model and threads: the literal
procedure (benchmarks/literal.py), `exact`, `fast`, and the plain forward throughput of the same
folded model with the same batch. Prints a table in Markdown and, with --out, writes it as JSON.
Where there is a CUDA GPU, --device cuda measures `exact` and `fast` there, the literal procedure on
the CPU.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr

from benchmarks.literal import BATCH, Literal, literal_scores
from benchmarks.machine import describe_machine
from dlc_core.backbones import Backbone, load_backbone
from dlc_core.datasets import Dataset, load_dataset
from dlc_core.pipeline import score_run
from dlc_core.records.progress import Step
from dlc_core.runs import Run
from dlc_core.scoring import ScoreSettings
from dlc_core.scoring.masked_backbone import MaskedBackbone

FORWARD = "one plain forward pass"
SWAP = 1e-5  # reference scores that differ by more must keep their order


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--backbone", default="demo")
    parser.add_argument("--weights")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--literal-batch", type=int, default=BATCH)
    parser.add_argument("--skip-literal", action="store_true", help="only exact and fast")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    dataset = load_dataset(options.dataset).limited(options.limit)
    backbone = load_backbone(options.backbone, weights=options.weights)
    print(describe_machine(), flush=True)
    times: dict[str, list[float]] = {}
    runs: dict[str, dict[str, Any]] = {}
    literal: Literal | None = None
    for repeat in range(options.repeats):
        if not options.skip_literal:
            begun = time.perf_counter()
            literal = literal_scores(dataset, backbone, batch=options.literal_batch)
            times.setdefault("literal", []).append(time.perf_counter() - begun)
        for profile in ("exact", "fast"):
            run, seconds = scored(dataset, backbone, profile, options)
            times.setdefault(profile, []).append(seconds)
            runs[profile] = run
        forward = plain_forward(backbone, options, len(dataset.samples))
        times.setdefault(FORWARD, []).append(forward)
        print(f"repeat {repeat + 1}: " + ", ".join(f"{k} {v[-1]:.2f} s" for k, v in times.items()))
    print(f"\n{dataset.name}, {len(dataset.samples)} images, {options.backbone}")
    print(f"{options.device}, {options.precision}, medians of {options.repeats}\n")
    for profile, run in runs.items():
        seconds = statistics.median(times[profile])
        forward = run["passes"] * statistics.median(times[FORWARD])
        kept = statistics.median(times[FORWARD]) / run["pass_seconds"]
        print(
            f"{profile}: {seconds:.2f} s, plain forward passes alone {forward / seconds:.0%}; "
            f"with the pixels kept, {kept:.0%} of the plain forward throughput"
        )
    if literal is not None:
        report(literal, times, runs, options.out)


def scored(
    dataset: Dataset, backbone: Backbone, profile: str, options: argparse.Namespace
) -> tuple[dict[str, Any], float]:
    """Score into a temporary directory; return scores, labels and counts, and the seconds."""
    settings = ScoreSettings(profile=profile, device=options.device, precision=options.precision)
    folder = Path(tempfile.mkdtemp())
    try:
        masked: list[tuple[float, int]] = []  # time and forward passes of each report

        def look(step: Step) -> None:
            if step.phase == "scoring":
                masked.append((time.perf_counter(), step.done))

        begun = time.perf_counter()
        run: Run = score_run(dataset, backbone, out=folder / "run", settings=settings, report=look)
        seconds = time.perf_counter() - begun
        (first, before), (last, after) = masked[0], masked[-1]
        found = {
            "scores": run.samples["score"].to_numpy().copy(),
            "classes": run.samples["class_id"].to_numpy().copy(),
            "decodes": run.info["timings"]["decodes"],
            "passes": run.info["estimate"]["passes"],
            "pass_seconds": (last - first) / (after - before) * len(run.samples),
        }
    finally:
        shutil.rmtree(folder)
    return found, seconds


def plain_forward(backbone: Backbone, options: argparse.Namespace, samples: int) -> float:
    """Return the seconds that forward passes alone take for one pass over so many images."""
    settings = ScoreSettings(profile="fast", device=options.device, precision=options.precision)
    encoder = MaskedBackbone(backbone, settings, device=options.device)
    side = backbone.images().crop
    pixels = torch.randint(0, 256, (encoder.batch, side, side, 3), dtype=torch.uint8)
    values = backbone.images().model_input(pixels.to(options.device)).to(encoder.type)
    with torch.inference_mode():
        for _ in range(5):
            encoder.encoder(values)
        if options.device == "cuda":
            torch.cuda.synchronize()
        begun, batches = time.perf_counter(), max(10, samples // encoder.batch)
        for _ in range(batches):
            encoder.encoder(values)
        if options.device == "cuda":
            torch.cuda.synchronize()
    return (time.perf_counter() - begun) / (batches * encoder.batch) * samples


def within_classes(one: np.ndarray, other: np.ndarray, classes: np.ndarray) -> float:
    """Return the mean over classes of Spearman's correlation."""
    members = [np.flatnonzero(classes == c) for c in np.unique(classes)]
    return float(np.mean([spearmanr(one[m], other[m])[0] for m in members]))


def swapped(reference: np.ndarray, found: np.ndarray) -> int:
    """Return how many pairs that differ by more than SWAP in the reference change places."""
    difference = reference[:, None] - reference[None]
    return int(((difference > SWAP) & (found[:, None] <= found[None])).sum())


def report(
    literal: Literal,
    times: dict[str, list[float]],
    runs: dict[str, dict[str, Any]],
    out: Path | None,
) -> None:
    """Print the comparison with the literal procedure; write it as JSON if asked."""
    print("\n| procedure | s | times faster | decodes | Spearman over all | within classes |")
    print("| --- | --- | --- | --- | --- | --- |")
    seconds = statistics.median(times["literal"])
    print(f"| literal | {seconds:.1f} | 1 | {literal.decodes} | | |")
    rows: dict[str, Any] = {"seconds": times}
    for profile, run in runs.items():
        ratios = [a / b for a, b in zip(times["literal"], times[profile], strict=True)]
        rows[profile] = {
            "ratio": statistics.median(ratios),
            "decodes": run["decodes"],
            "spearman": float(spearmanr(literal.scores, run["scores"])[0]),
            "within": within_classes(literal.scores, run["scores"], run["classes"]),
            "swapped": swapped(literal.scores, run["scores"]),
            "largest_difference": float(np.abs(literal.scores - run["scores"]).max()),
        }
        print(
            f"| {profile} | {statistics.median(times[profile]):.2f} | "
            f"{rows[profile]['ratio']:.1f} | {run['decodes']} | {rows[profile]['spearman']:.7f} | "
            f"{rows[profile]['within']:.7f} |"
        )
    print(
        f"\nexact: pairs that differ by more than {SWAP:g} and change places: "
        f"{rows['exact']['swapped']}; largest difference of a score: "
        f"{rows['exact']['largest_difference']:.1e}"
    )
    if out:
        out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
