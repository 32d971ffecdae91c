"""Preparing many samples in parallel, in order, a bounded number ahead of whoever takes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from dlc_core.modalities.base import Prepared, Preprocessing, Unreadable
from dlc_core.modalities.registry import modality

if TYPE_CHECKING:
    from dlc_core.datasets import Dataset, Sample

_GROUP = 8  # samples that a worker takes at once: tiny ones are done sooner than handed over
_AHEAD = 4  # groups in flight for each worker


def prepared(
    dataset: Dataset, preprocess: Preprocessing, samples: Sequence[Sample], *, previews: bool
) -> Iterator[Prepared | Unreadable]:
    """Yield each sample as the backbone takes it, in the order given, by one thread per core.

    Decoding and resizing let go of Python's lock, so that the backbone can work meanwhile. A few
    dozen samples wait at most, however slow the taker is.

    Args:
        dataset, preprocess: what to read, and what the backbone sees of it.
        samples: some of the dataset's.
        previews: whether to make them in the same go.
    """
    prepare = modality(dataset.modality).prepare

    def load(group: Sequence[Sample]) -> list[Prepared | Unreadable]:
        return [prepare(dataset, preprocess, sample, preview=previews) for sample in group]

    workers = os.cpu_count() or 1
    groups = (samples[start : start + _GROUP] for start in range(0, len(samples), _GROUP))
    waiting: deque[Future[list[Prepared | Unreadable]]] = deque()
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
