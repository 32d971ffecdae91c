"""How long do a download without network and the decisions of a million samples take?

    python -m benchmarks.waits

Points the libraries that download at a port of this machine that nobody listens on, and waits for
the sentence; then works out the state of 1,000,000 samples from decisions on 900,000 of them.
Cost: half a minute. Prints one JSON object: seconds of each, imports included.
"""

from __future__ import annotations

import json
import os
import time

import numpy as np

import dlc_core as dlc
from dlc_core.decisions import Event
from dlc_core.decisions.log import Log

NOBODY = "http://127.0.0.1:9"
SAMPLES = 1_000_000


def refused(data: str = "", backbone: str = "") -> float:
    """Return the seconds until a download is said to be impossible."""
    begun = time.perf_counter()
    try:
        if data:
            dlc.load_dataset(data, download=True)
        else:
            dlc.load_backbone(backbone, download=True)
    except dlc.DLCError as error:
        if "could not download" not in str(error):
            raise
    return time.perf_counter() - begun


def decided() -> float:
    """Return the seconds that the state of all samples takes, worked out anew."""
    rng = np.random.default_rng(0)
    parts = [np.flatnonzero(rng.random(SAMPLES) < 0.3) for _ in range(3)]
    events = [Event(str(i), "t", "a", part, verdict="exclude") for i, part in enumerate(parts)]
    log, ids = Log(tuple(events)), np.arange(SAMPLES)
    log.state(ids)
    begun = time.perf_counter()
    log.state(ids)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    os.environ["HF_ENDPOINT"] = NOBODY  # before the libraries are imported
    from torchvision.datasets import CIFAR10

    CIFAR10.url = f"{NOBODY}/x.tar.gz"
    seconds = {
        "hf_backbone": refused(backbone="hf:facebook/dinov2-small"),
        "timm_backbone": refused(backbone="timm:test_vit"),
        "hf_data": refused("hf:someone/something"),
        "torchvision_data": refused("torchvision:CIFAR10"),
        "decisions": decided(),
    }
    print(json.dumps({name: round(value, 3) for name, value in seconds.items()}))


if __name__ == "__main__":
    main()
