"""Reading all images once, in parallel: pixels for the model, thumbnails, sizes and faults."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Preprocess
from dlc_core.datasets import Dataset, Fault, Sample, UnreadableImage
from dlc_core.errors import DLCError
from dlc_core.runs.progress import Meter
from dlc_core.runs.thumbnails import ThumbnailWriter, encode_thumbnail

_CHUNK = 256  # images between two looks at the clock
_FREE_SHARE = 0.5  # of the free disk space that decoded pixels may take


@dataclass(frozen=True)
class Decoded:
    """What the one pass over the images found.

    Attributes:
        good: (N,) positions in dataset.samples of the images that could be read.
        sizes: (N, 2) their width and height in pixels.
        faults: the images that could not be read.
        cached: whether their pixels are in the run's work folder.
        decodes: images decoded completely.
    """

    good: NDArray[np.int64]
    sizes: NDArray[np.int64]
    faults: list[Fault]
    cached: bool
    decodes: int


@dataclass(frozen=True)
class _Image:
    pixels: NDArray[np.uint8]
    thumbnail: bytes
    size: tuple[int, int]


class Pixels:
    """The model's input pixels of the readable samples, from the cache or decoded again."""

    def __init__(
        self, dataset: Dataset, preprocess: Preprocess, decoded: Decoded, cache: Path
    ) -> None:
        """Take what `decode` found; `cache` is the file it wrote."""
        self._dataset, self._preprocess = dataset, preprocess
        self._samples = [dataset.samples[i] for i in decoded.good]
        self._cache = np.load(cache, mmap_mode="r") if decoded.cached else None
        self.decodes = decoded.decodes

    def __len__(self) -> int:
        """Return N."""
        return len(self._samples)

    def __getitem__(self, rows: slice) -> NDArray[np.uint8]:
        """Return (rows, 3, crop, crop) uint8."""
        if self._cache is not None:
            return np.array(self._cache[rows])
        wanted = self._samples[rows]
        self.decodes += len(wanted)
        with ThreadPoolExecutor(_workers()) as pool:
            return np.stack(list(pool.map(self._again, wanted)))

    def _again(self, sample: Sample) -> NDArray[np.uint8]:
        try:
            return self._preprocess.pixels(self._dataset.read(sample))
        except UnreadableImage as error:
            raise DLCError(
                f"{sample.path} could be read before and cannot be read now ({error}); restore it "
                "and go on with --resume."
            ) from error


def decode(
    dataset: Dataset,
    preprocess: Preprocess,
    *,
    cache: Path,
    thumbnails: Path,
    meter: Meter,
    budget: int | None = None,
) -> Decoded:
    """Read every image once; keep its pixels on disk where the budget allows.

    Args:
        dataset, preprocess: what to read, and what the model sees of it.
        cache: the .npy file for the pixels, (N, 3, crop, crop) uint8.
        thumbnails: the run's folder.
        meter: told how many images are done.
        budget: bytes for the pixels; None takes half of the free disk space.
    """
    candidates = len(dataset.samples)
    shape = (candidates, 3, preprocess.crop, preprocess.crop)
    needed = int(np.prod(shape, dtype=np.int64))
    if budget is None:
        budget = int(_FREE_SHARE * shutil.disk_usage(cache.parent).free)
    store = _reserve(cache, shape) if needed <= budget else None
    good: list[int] = []
    sizes: list[tuple[int, int]] = []
    faults: list[Fault] = []
    meter("decoding", 0, candidates)

    def load(sample: Sample) -> _Image | UnreadableImage:
        try:
            image = dataset.read(sample)
        except UnreadableImage as fault:
            return fault
        return _Image(preprocess.pixels(image), encode_thumbnail(image), image.size)

    with ThumbnailWriter(thumbnails) as writer, ThreadPoolExecutor(_workers()) as pool:
        for start in range(0, candidates, _CHUNK):
            part = dataset.samples[start : start + _CHUNK]
            for offset, result in enumerate(pool.map(load, part)):
                sample = part[offset]
                if isinstance(result, UnreadableImage):
                    label = dataset.classes[sample.class_id]
                    faults.append(Fault(sample.path, label, str(result)))
                else:
                    if store is not None:
                        store[len(good)] = result.pixels
                    writer.add(result.thumbnail)
                    good.append(start + offset)
                    sizes.append(result.size)
                meter("decoding", start + offset + 1, candidates)
    if store is not None:
        store.flush()
    return Decoded(
        np.array(good, dtype=np.int64),
        np.array(sizes, dtype=np.int64).reshape(-1, 2),
        faults,
        store is not None,
        len(good),
    )


def _reserve(cache: Path, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.uint8]] | None:
    """Return a memory-mapped array whose disk space is really there, or None."""
    store = np.lib.format.open_memmap(cache, mode="w+", dtype=np.uint8, shape=shape)
    if hasattr(os, "posix_fallocate"):  # a sparse file on a full disk would end the process
        try:
            with cache.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, cache.stat().st_size)
        except OSError:
            cache.unlink()
            return None
    return store


def _workers() -> int:
    return os.cpu_count() or 1
