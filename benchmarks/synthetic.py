"""Synthetic runs of any size: what the pages read of a run, with random numbers in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from dlc_core.atomic_files import read_json, write_atomically, write_json, write_npy, write_parquet
from dlc_core.issues.registry import most_probable
from dlc_core.issues.stored import COLUMNS, DISTANCES_FILE, KINDS_FILE, NEIGHBOURS_FILE
from dlc_core.ranking import key_places, ranks
from dlc_core.runs import Run
from dlc_core.thumbnails import encode_thumbnail

BLOBS = 20  # of the map
PICTURES = 200  # different ones
MASKS, WIDTH, NEIGHBOURS = 3, 8, 10


def synthetic_run(folder: Path, samples: int, classes: int) -> Run:
    """Write what the Prune page reads of a run, with random scores."""
    rng = np.random.default_rng(0)
    class_ids = rng.integers(0, classes, samples)
    paths = [f"class_{c:03d}/image_{i:07d}.jpg" for i, c in enumerate(class_ids.tolist())]
    scores = rng.gamma(2.0, 0.5, samples)
    rank, class_rank, percentile = ranks(scores, class_ids, key_places(paths))
    names = [f"class_{c:03d}" for c in range(classes)]
    columns = {"id": np.arange(samples), "path": paths, "label": [names[c] for c in class_ids]}
    numbers = {"rank": rank, "class_rank": class_rank, "percentile": percentile}
    folder.mkdir(parents=True)
    table = pd.DataFrame({**columns, "class_id": class_ids, "score": scores, **numbers})
    write_parquet(folder / "samples.parquet", table)
    info: dict[str, Any] = {
        "format": 1,
        "status": "done",
        "created": "",
        "profile": "exact",
        "precision": "float32",
        "device": "cpu",
        "dataset": {
            "name": "synthetic",
            "root": "",
            "split": None,
            "classes": names,
            "fingerprint": "",
        },
        "backbone": {"name": "none", "weights": "", "digest": "", "preprocess": {}},
        "masking": {"masks": 0, "interval": 0, "method": "l1", "seed": 0, "mask_ratio": []},
        "counts": {"samples": samples, "faults": 0, "classes": classes},
        "timings": {},
    }
    write_json(folder / "run.json", info)
    return Run.open(folder)


def explorable_run(folder: Path, samples: int, classes: int) -> Run:
    """Write what the Explore page reads of a run: map, issues, neighbours, losses, pictures too."""
    run = synthetic_run(folder, samples, classes)
    rng = np.random.default_rng(1)
    _add_map(folder, rng, samples)
    _add_kinds(folder, rng, run.samples["class_id"].to_numpy(), classes)
    write_npy(folder / NEIGHBOURS_FILE, rng.integers(0, samples, (samples, NEIGHBOURS), np.int32))
    distances = np.sort(rng.random((samples, NEIGHBOURS), np.float32), axis=1)
    write_npy(folder / DISTANCES_FILE, distances)
    write_npy(folder / "losses.npy", rng.random((MASKS, samples), np.float32))
    nearest = rng.integers(0, classes, (MASKS, samples), np.uint16)
    write_npy(folder / "predicted.npy", nearest)
    write_npy(folder / "features.npy", np.zeros((samples, WIDTH), dtype=np.float16))
    _add_pictures(folder, rng, samples)
    info = read_json(folder / "run.json") or {}
    info["masking"] |= {
        "masks": MASKS,
        "interval": 0.02,
        "mask_ratio": [0.0, 0.02, 0.0396],
        "node_weights": [1.0] * MASKS,
        "steps": list(range(MASKS)),
        "length": MASKS,
        "done": list(range(MASKS)),
        "last_step": None,
    }
    info["nearest_centroid_accuracy"] = 0.8
    info["projection"] = {"method": "umap", "neighbours": 15, "min_distance": 0.1, "seed": 0}
    write_json(folder / "run.json", info)
    return Run.open(folder)


def _add_map(folder: Path, rng: np.random.Generator, samples: int) -> None:
    centres = rng.uniform(-10, 10, (BLOBS, 2))
    places = centres[rng.integers(0, BLOBS, samples)] + rng.normal(0, 0.8, (samples, 2))
    x, y = places.astype(np.float32).T
    table = pd.DataFrame({"id": np.arange(samples), "x": x, "y": y})
    write_parquet(folder / "projection.parquet", table)


def _add_kinds(
    folder: Path, rng: np.random.Generator, class_ids: NDArray[np.int64], classes: int
) -> None:
    """Write kinds.parquet; a few samples of each issue."""
    samples = len(class_ids)
    columns: dict[str, Any] = {}
    for name, dtype in COLUMNS.items():
        if dtype == "bool":
            columns[name] = rng.random(samples) < 0.01
        elif dtype == "float32":
            columns[name] = rng.random(samples, np.float32)
        elif dtype == "int32":
            columns[name] = rng.integers(0, classes, samples, np.int32)
        else:
            columns[name] = np.full(samples, "", dtype=object)
    copies = rng.random(samples) < 0.01
    columns["id"] = np.arange(samples)
    columns["duplicate"][copies] = "near"
    columns["duplicate_group"] = np.where(copies, 0, -1).astype(np.int32)
    columns["centrality"] = 100 * columns["centrality"]
    right = ~columns["label_error"]
    columns["suspected_class"][right] = class_ids[right]
    table = pd.DataFrame(columns)
    for name in ("duplicate", "leak"):
        table[name] = table[name].astype("str")
    table["kind"] = pd.Series(most_probable(table)).astype("str")
    write_parquet(folder / KINDS_FILE, table)


def _add_pictures(folder: Path, rng: np.random.Generator, samples: int) -> None:
    """Write PICTURES different pictures, again and again, as a run holds them."""
    made = []
    for place in range(PICTURES):
        coarse = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        side = 48 if place % 10 == 0 else 128  # every tenth a PNG
        image = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
        made.append(encode_thumbnail(image))
    sizes = np.array([len(made[row % PICTURES]) for row in range(samples)], dtype=np.int64)
    whole, rest = divmod(samples, PICTURES)
    block, tail = b"".join(made), b"".join(made[:rest])

    def write(file: Any) -> None:
        for _ in range(whole):
            file.write(block)
        file.write(tail)

    write_atomically(folder / "thumbnails.bin", write)
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    write_npy(folder / "thumbnails.npy", ends)
