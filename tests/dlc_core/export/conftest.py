"""A folder of images with hostile names, and a run of it (its scores are made up)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlc_core.datasets import load_dataset
from dlc_core.runs import Run

CLASSES = ("=SUM(A1)", "@home", "Zürich, \"2\" 'x'", "it's é 日本", "+plus", "-1")
FILES = (
    "a.png", "A.PNG", "with space.jpg", 'quo"te.png', "com,ma.png", "=1+1.png", "ünï😀.webp",
    "new\nline.png", "tab\there.bmp", "'apos.png", "sub/a.png", "sub/=cmd|'x'!A1.png",
    "sub b/z.ppm",
)  # fmt: skip


def make_images(root: Path) -> Path:
    """Make every file in every class; each image has its own pixels."""
    number = 0
    for name in CLASSES:
        for file in FILES:
            target = root / name / file
            target.parent.mkdir(parents=True, exist_ok=True)
            number += 1
            Image.new("RGB", (8, 6), (number, 2 * number % 256, 255 - number)).save(target)
    return root


def make_run(folder: Path, root: Path) -> Run:
    """Write what an export needs of a run; scores are random numbers."""
    dataset = load_dataset(root)
    ids = [sample.id for sample in dataset.samples]
    count = len(ids)
    order = np.random.default_rng(3).permutation(count)
    table = pd.DataFrame(
        {
            "id": ids,
            "path": [sample.path for sample in dataset.samples],
            "label": [dataset.classes[sample.class_id] for sample in dataset.samples],
            "class_id": [sample.class_id for sample in dataset.samples],
            "score": np.random.default_rng(4).random(count),
            "rank": order + 1,
            "class_rank": order + 1,
            "percentile": 50.0,
        }
    )
    folder.mkdir(parents=True)
    table.to_parquet(folder / "samples.parquet", index=False)
    masking = {"masks": 1, "interval": 0.02, "method": "l1", "seed": 0, "mask_ratio": [0.0]}
    info = {
        "format": 1,
        "status": "done",
        "dataset": {
            "name": dataset.name, "root": dataset.root, "split": dataset.split,
            "classes": list(dataset.classes), "fingerprint": "",
        },
        "backbone": {"name": "none", "weights": "", "digest": "", "preprocess": {}},
        "masking": masking,
        "profile": "exact",
        "precision": "float32",
        "device": "cpu",
        "counts": {"samples": count, "faults": len(dataset.faults), "classes": len(CLASSES)},
        "timings": {},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(info))
    return Run.open(folder)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The images; not to be changed."""
    return make_images(tmp_path_factory.mktemp("hostile") / "images ü")


@pytest.fixture
def run(hostile: Path, tmp_path: Path) -> Run:
    """A run of the images, to decide in."""
    return make_run(tmp_path / "run", hostile)


@pytest.fixture
def own(tmp_path: Path) -> Run:
    """A run whose images a test may change."""
    return make_run(tmp_path / "run", make_images(tmp_path / "images"))


def leftovers(folder: Path) -> list[str]:
    """Return the temporary files and folders in a folder."""
    return [entry.name for entry in folder.iterdir() if entry.name.endswith(".tmp")]
