"""Some digits as files, and a way to score any dataset: what the kinds are compared by."""

from __future__ import annotations

import http.server
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dlc_core.cli import main
from dlc_core.datasets import load_dataset
from dlc_core.runs import Run

Score = Callable[..., Run]


@dataclass(frozen=True)
class Files:
    """Digits as an image folder, in its order, and the run of it.

    Attributes:
        root: the folder, root/class/file.png.
        paths, labels: (N) of each.
        pixels: (N, 8, 8) uint8.
        run: scored with 2 masks.
    """

    root: Path
    paths: list[str]
    labels: list[str]
    pixels: NDArray[np.uint8]
    run: Run


@pytest.fixture(scope="session")
def digit_files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("digit_files")
    data = load_dataset("digits").limited(60)
    found = sorted((sample.path, data.read(sample)) for sample in data.samples)
    for path, image in found:
        (folder / "images" / path).parent.mkdir(parents=True, exist_ok=True)
        image.save(folder / "images" / path)
    pixels = np.stack([np.asarray(image) for _, image in found])
    paths = [path for path, _ in found]
    run = scored(folder / "images", out=folder / "run")
    return Files(folder / "images", paths, [path.split("/")[0] for path in paths], pixels, run)


def scored(dataset: object, *more: str, out: Path) -> Run:
    assert main(["score", str(dataset), "--masks", "2", "--out", str(out), *more]) == 0
    return Run.open(out)


def same_scores(run: Run, files: Files) -> None:
    """The same images in the same order have the same bits, whatever they came from."""
    mine, theirs = run.samples, files.run.samples
    assert mine["label"].tolist() == theirs["label"].tolist()
    np.testing.assert_array_equal(mine["score"], theirs["score"])
    np.testing.assert_array_equal(mine["percentile"], theirs["percentile"])
    np.testing.assert_array_equal(run.losses, files.run.losses)
    np.testing.assert_array_equal(run.features, files.run.features)


def as_image(pixels: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(pixels)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Yield the address of a web server on this machine that gives a folder's files and lists."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
