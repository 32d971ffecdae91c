"""Decoding many images in parallel, in order, a bounded number ahead of whoever takes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlc_core.backbones import Preprocess
from dlc_core.datasets import Dataset, Sample, UnreadableImage
from dlc_core.datasets.pixels_in_flight import budget
from dlc_core.thumbnails import encode_thumbnail

_GROUP = 8  # images that a worker takes at once: tiny ones are done sooner than handed over
_AHEAD = 4  # groups in flight for each worker


@dataclass(frozen=True)
class Picture:
    """One decoded image.

    Attributes:
        pixels: (crop, crop, 3) uint8, what the backbone sees.
        thumbnail: a small JPEG or PNG, b"" if none was asked for.
        size: width and height of the upright image in pixels.
        stamp: size and time of change of its file when it was read.
    """

    pixels: NDArray[np.uint8]
    thumbnail: bytes
    size: tuple[int, int]
    stamp: tuple[int, int]


@dataclass(frozen=True)
class Unreadable:
    """One image that could not be decoded: why, and its file's size and time of change."""

    reason: str
    stamp: tuple[int, int]


def pictures(
    dataset: Dataset, preprocess: Preprocess, samples: Sequence[Sample], *, thumbnails: bool
) -> Iterator[Picture | Unreadable]:
    """Yield each sample's picture, in the order given, decoded by one thread per core.

    Decoding and resizing let go of Python's lock, so that the backbone can work meanwhile. A few
    dozen pictures wait at most, however slow the taker is.

    Args:
        dataset, preprocess: what to read, and what the backbone sees of it.
        samples: some of the dataset's.
        thumbnails: whether to make them from the same decode.
    """

    def load(group: Sequence[Sample]) -> list[Picture | Unreadable]:
        return [_load(dataset, preprocess, sample, thumbnails=thumbnails) for sample in group]

    workers = os.cpu_count() or 1
    groups = (samples[start : start + _GROUP] for start in range(0, len(samples), _GROUP))
    waiting: deque[Future[list[Picture | Unreadable]]] = deque()
    with ThreadPoolExecutor(workers, "decode") as pool:
        try:
            for group in groups:
                waiting.append(pool.submit(load, group))
                if len(waiting) > _AHEAD * workers:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _load(
    dataset: Dataset, preprocess: Preprocess, sample: Sample, *, thumbnails: bool
) -> Picture | Unreadable:
    stamp = dataset.stamp(sample)
    with budget().held():
        try:
            image = dataset.read(sample)
        except UnreadableImage as fault:
            return Unreadable(str(fault), stamp)
        thumbnail = encode_thumbnail(image) if thumbnails else b""
        picture = Picture(preprocess.pixels(image), thumbnail, image.size, stamp)
        del image
        return picture
