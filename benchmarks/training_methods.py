"""Time and accuracy of DLC against methods that train, on one machine in one run.

    python -m benchmarks.training_methods DATASET --backbone mobilenet_v2 --weights FILE
        [--limit 400] [--image-size 96] [--epochs 5] [--networks 2] [--accuracy]
        [--keep 0.1,0.3,0.5] [--seeds 10] [--out docs/training-methods.md] [--json FILE]

The data set needs splits train and test (for --accuracy). All methods see the same images at the
same size and pay for decoding them. Prints the page in Markdown and, last, one JSON object.
Cost of the defaults with MobileNetV2: about four minutes of one core.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.machine import describe_machine
from benchmarks.trained_scores import (
    Forgetting,
    Scores,
    el2n,
    entropy,
    grand,
    least_confidence,
    margin,
)
from benchmarks.training_page import page
from dlc_core.backbones import Backbone, load_backbone
from dlc_core.datasets import Dataset, load_dataset
from dlc_core.evidence import material_of
from dlc_core.evidence.interval import paired_gap
from dlc_core.evidence.learner import probe_learner
from dlc_core.evidence.material import Part
from dlc_core.pipeline import score_run
from dlc_core.records.progress import Meter, silent
from dlc_core.runs import Run
from dlc_core.scoring import ScoreSettings
from dlc_core.selection import STRATEGIES, choose
from dlc_core.selection.candidates import candidates
from dlc_core.training.finetune_loop import Training
from dlc_core.training.finetune_settings import FinetuneSettings
from dlc_core.training.images import TrainingImages, stored

T = TypeVar("T")
HOW = (("hardest", 0.5), ("flexrand", 0.2), ("flexrand", 0.8))
EARLY = 0.1  # of the epochs, after which EL2N and GraNd look: the paper's 20 of 200


@dataclass(frozen=True)
class Cost:
    """Seconds of the processor (all threads) and of the clock."""

    processor: float = 0.0
    clock: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        """Return the sum."""
        return Cost(self.processor + other.processor, self.clock + other.clock)

    def times(self, factor: float) -> Cost:
        """Return a multiple."""
        return Cost(self.processor * factor, self.clock * factor)


def timed(work: Callable[[], T]) -> tuple[T, Cost]:
    """Do some work; return what it gives and what it cost."""
    processor, clock = time.process_time(), time.perf_counter()
    found = work()
    return found, Cost(time.process_time() - processor, time.perf_counter() - clock)


@dataclass(frozen=True)
class Method:
    """One method: what it cost, and what it chooses by.

    Attributes:
        name, needs: for the table; needs says what was trained or masked.
        cost: of the scores; of features and choosing 30 % for the strategies that look at them.
        scores: (N,) higher = harder, or None.
        strategy: what chooses where there are no scores.
        features: (N, D) that it looks at, or None.
    """

    name: str
    needs: str
    cost: Cost
    scores: Scores | None = None
    strategy: str = ""
    features: NDArray[Any] | None = None


def scored(
    dataset: Dataset, backbone: Backbone, folder: Path, settings: ScoreSettings
) -> tuple[Run, Cost]:
    """Score a data set, from its files to its run."""
    return timed(lambda: score_run(dataset, backbone, out=folder, settings=settings))


def trained_methods(
    dataset: Dataset, backbone: Backbone, settings: FinetuneSettings, networks: int
) -> tuple[list[Method], dict[str, Cost]]:
    """Train what the methods need, each network once, and return them with the parts of the cost.

    Args:
        dataset: the training split.
        backbone: where every training starts.
        settings: of all trainings.
        networks: how many EL2N and GraNd average over.
    """
    targets, rows = dataset.class_ids, np.arange(len(dataset.samples))
    paths = [sample.path for sample in dataset.samples]
    classes, total = len(dataset.classes), settings.epochs
    early = max(1, round(EARLY * total))
    preprocess = stored(backbone.images(), settings.side(backbone.images()))
    images = TrainingImages(dataset, preprocess, memory_bytes=1 << 32, meter=Meter(silent))
    training = Training(backbone, settings, "cpu", flip=dataset.kind != "digits")
    _, decoding = timed(lambda: list(images.batches([rows[:0], rows])) and None)

    watch = Forgetting(targets)
    network, full = timed(
        lambda: training.train(images, rows, targets, classes, seed=0, watch=watch)
    )
    logits, looking = timed(lambda: training.logits(network, images, rows))
    tuned, _ = timed(lambda: training.logits(network[0], images, rows))
    plain, _ = timed(lambda: training.logits(backbone.encoder, images, rows))
    errors, norms, begun = np.zeros(len(rows)), np.zeros(len(rows)), Cost()
    looked, derived = Cost(), Cost()
    for seed in range(networks):
        train = partial(training.train, images, rows, targets, classes, seed=seed, epochs=early)
        one, cost = timed(train)
        begun += cost
        said, cost = timed(partial(training.logits, one, images, rows))
        errors, looked = errors + el2n(said, targets) / networks, looked + cost
        norm, cost = timed(partial(grand, training, one, images, rows, targets))
        norms, derived = norms + norm / networks, derived + cost
    whole = f"1 network, {total} epochs"
    some = f"{networks} networks, {early} of {total} epochs"
    trained = decoding + full
    methods = [
        Method("Forgetting", whole, trained, watch.scores()),
        Method("EL2N", some, decoding + begun + looked, errors),
        Method("GraNd", f"{some}, a gradient a sample", decoding + begun + derived, norms),
        Method("entropy", whole, trained + looking, entropy(logits)),
        Method("margin", whole, trained + looking, margin(logits)),
        Method("least confidence", whole, trained + looking, least_confidence(logits)),
    ]
    for name, features, needs, cost in (
        ("tuned features", tuned, whole, trained + looking),
        ("frozen features", plain, "one pass", decoding + looking),
    ):
        for strategy in ("k-center", "herding"):
            method = Method(f"{strategy}, {name}", needs, cost, None, strategy, features)
            _, choosing = timed(partial(kept_by, method, targets, paths, ("", 0.5), 0.3, 0))
            methods.append(replace(method, cost=cost + choosing))
    parts = {"decoding": decoding, "epoch": full.times(1 / total), "pass": looking}
    return methods, parts


def kept_by(
    method: Method,
    targets: NDArray[np.int64],
    names: list[str],
    how: tuple[str, float],
    ratio: float,
    seed: int,
) -> NDArray[np.int64]:
    """Return what is kept by a method's scores in one way, or by its strategy."""
    name, gamma = (method.strategy, 0.5) if method.strategy else how
    scores = np.zeros(len(targets)) if method.scores is None else method.scores
    features = method.features
    samples = candidates(
        scores, targets, names, load_features=None if features is None else lambda: features
    )
    chosen = STRATEGIES[name]
    split = {"gamma": gamma} if "gamma" in chosen.values() else {}
    return choose(samples, chosen, keep_ratio=ratio, seed=seed, parameters=split)


def accuracies(
    part: Part, methods: list[Method], ratios: list[float], seeds: int
) -> list[dict[str, Any]]:
    """Return accuracy and gap to random of every method, way and keep_ratio, on the test split."""
    found: list[dict[str, Any]] = []
    random = Method("random", "", Cost(), None, "random")
    names = [part.whole.named.names[i] for i in part.train.tolist()]

    def right(method: Method, how: tuple[str, float], ratio: float, seed: int) -> Scores:
        kept = kept_by(method, part.targets, names, how, ratio, seed)
        said = probe_learner(part, kept, seed=seed)
        return np.asarray(said == part.held_targets, dtype=np.float64)

    for ratio in ratios:
        base = np.stack([right(random, HOW[0], ratio, seed) for seed in range(seeds)])
        found.append({"method": "random", "how": "random", "keep": ratio, "accuracy": base.mean()})
        for method in methods:
            for how in ((method.strategy, 0.5),) if method.strategy else HOW:
                drawn = STRATEGIES[how[0]].random
                rows = [right(method, how, ratio, seed) for seed in range(seeds if drawn else 1)]
                mine = np.stack(rows if drawn else rows * seeds)
                gap = paired_gap(mine - base)
                words = how[0] if how[0] != "flexrand" else f"flexrand:{how[1]:g}"
                found.append(
                    {"method": method.name, "how": words, "keep": ratio, "accuracy": mine.mean(),
                     "gap": gap.mean, "low": gap.low, "high": gap.high}
                )  # fmt: skip
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("dataset")
    parser.add_argument("--backbone", default="mobilenet_v2")
    parser.add_argument("--weights")
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--image-size", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--networks", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--keep", default="0.1,0.3,0.5")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dataset = load_dataset(options.dataset).limited(options.limit)
    own = load_backbone(options.backbone, weights=options.weights)
    whole = stored(own.images(), options.image_size).crop
    preprocess = replace(own.images(), resize=whole, crop=options.image_size)
    backbone = replace(own, preprocess=preprocess)
    settings = FinetuneSettings(
        epochs=options.epochs, image_size=options.image_size, least_steps=0, device="cpu"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        few = dataset.limited(2 * len(dataset.classes))  # imports and first calls are nobody's cost
        scored(few, backbone, folder / "few", ScoreSettings(1, device="cpu"))
        trained_methods(few, backbone, replace(settings, epochs=1), 1)
        fast, quick = scored(
            dataset, backbone, folder / "fast", ScoreSettings(profile="fast", device="cpu")
        )
        exact, long = scored(
            dataset, backbone, folder / "exact", ScoreSettings(profile="exact", device="cpu")
        )
        methods = [
            Method("DLC, fast", _masks(fast), quick, fast.samples["score"].to_numpy()),
            Method("DLC, exact", _masks(exact), long, exact.samples["score"].to_numpy()),
        ]
        trained, parts = trained_methods(dataset, backbone, settings, options.networks)
        methods += trained
        found: list[dict[str, Any]] = []
        full = None
        if options.accuracy:
            judged = load_dataset(options.dataset, split="test")
            test, _ = scored(judged, backbone, folder / "test", ScoreSettings(1, device="cpu"))
            part = material_of(fast, held=test).part(0)
            said = probe_learner(part, np.arange(len(part.train)), seed=0)
            full = float(np.mean(said == part.held_targets))
            ratios = [float(text) for text in options.keep.split(",")]
            found = accuracies(part, methods, ratios, options.seeds)
    result = {
        "machine": describe_machine(),
        "dataset": dataset.name,
        "samples": len(dataset.samples),
        "held_out": len(part.held) if options.accuracy else 0,
        "backbone": options.backbone,
        "networks": options.networks,
        "seeds": options.seeds,
        "settings": settings.method(backbone.images()),
        "full": full,
        "parts": {name: vars(cost) for name, cost in parts.items()},
        "methods": [
            {"name": method.name, "needs": method.needs, **vars(method.cost)} for method in methods
        ],
        "accuracy": found,
    }
    text = page(result)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    print(json.dumps(result))


def _masks(run: Run) -> str:
    return f"{run.info['masking']['masks']} masks"


if __name__ == "__main__":
    main()
