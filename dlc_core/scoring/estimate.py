"""What a scoring will take, said before it starts: time, memory and disk."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlc_core.backbones import Backbone
from dlc_core.counted import counted
from dlc_core.datasets import Dataset
from dlc_core.errors import DLCError
from dlc_core.file_names import readable_bytes
from dlc_core.records.progress import duration
from dlc_core.scoring.decoding import pictures
from dlc_core.scoring.encoder import MaskedEncoder
from dlc_core.scoring.pixels import BLOCK_BYTES
from dlc_core.scoring.sweep import real_masks

_FREE_SHARE = 0.5  # of the free disk space that decoded pixels may take
_THUMBNAIL = 6_000  # bytes of a large image's thumbnail
_LISTING = 1_000  # bytes of memory for a sample's path, its row of the table and its ranks
_WARM = 2  # batches whose time is taken, after one that is not counted
_TRIED = 16  # images that a dry run decodes
LIBRARIES = 1_000_000_000  # bytes that Python, PyTorch and UMAP take before any data


@dataclass(frozen=True)
class Needs:
    """Time, memory and disk of one scoring.

    Attributes:
        samples, passes: images, and forward passes over them.
        forward_seconds: all forward passes, measured on one batch.
        decode_seconds: reading all images, measured on a few; None if that was not tried.
        disk_bytes: at most, while it runs.
        kept_bytes: in the finished run.
        memory_bytes: anonymous memory at most; mapped files come and go beside it.
        cached: whether decoded pixels are kept on disk.
    """

    samples: int
    passes: int
    forward_seconds: float
    decode_seconds: float | None
    disk_bytes: int
    kept_bytes: int
    memory_bytes: int
    cached: bool

    def words(self) -> str:
        """Return it as one line for a person."""
        if self.decode_seconds is None:
            took = (
                f"about {duration(self.forward_seconds)} of forward passes, and reading the images"
            )
        else:
            took = f"about {duration(self.forward_seconds + self.decode_seconds)}"
        twice = "" if self.cached else "; decoded twice, because the pixels do not fit the disk"
        return (
            f"{took}; at most {readable_bytes(self.memory_bytes)} of memory and "
            f"{readable_bytes(self.disk_bytes)} of disk, of which "
            f"{readable_bytes(self.kept_bytes)} stay{twice}"
        )

    def as_record(self) -> dict[str, Any]:
        """Return it as run.json keeps it."""
        return asdict(self)


def estimate(
    samples: int,
    backbone: Backbone,
    encoder: MaskedEncoder,
    folder: Path,
    pixel_budget: int | None = None,
    *,
    calibrated: bool = False,
) -> Needs:
    """Return what scoring so many samples takes.

    With N samples, M masks, D features, crops of side S and P weights:
    disk = N (3 S^2 + 4 D + 10 M + 6,032), and 4 N D more for the calibrated score;
    kept = N (2 D + 6 M + 6,100); memory = 1 GB + 26 P + (12 batches + 40 images a core) of pixels
    + 1,000 N, and 256 MB more if pixels are not kept. What one image takes while it is decoded
    (its pixels at full size, on each core) comes on top.

    Args:
        samples: N.
        backbone, encoder: the backbone and its working copy.
        folder: where the run will be; its disk counts.
        pixel_budget: bytes for decoded pixels; None takes half of what is free.
        calibrated: whether for the calibrated score.
    """
    masks, side = len(encoder.schedule), backbone.preprocess.crop
    pixels = samples * 3 * side**2
    free = shutil.disk_usage(_existing(folder)).free
    cached = pixels <= (int(_FREE_SHARE * free) if pixel_budget is None else pixel_budget)
    passes = 1 + len(real_masks(encoder))
    features = 4 * encoder.dimension * (2 if calibrated else 1)
    small = min(_THUMBNAIL, 3 * side**2) + 32
    return Needs(
        samples=samples,
        passes=passes,
        forward_seconds=round(passes * samples * _seconds_an_image(encoder, side), 3),
        decode_seconds=None,
        disk_bytes=samples * (cached * 3 * side**2 + features + 10 * masks + small),
        kept_bytes=samples * (2 * encoder.dimension + 6 * masks + small + 100),
        memory_bytes=LIBRARIES
        + 26 * encoder.weights
        + (12 * encoder.batch + 40 * (os.cpu_count() or 1)) * 3 * side**2
        + _LISTING * samples
        + (0 if cached else BLOCK_BYTES),
        cached=cached,
    )


def decode_seconds(dataset: Dataset, backbone: Backbone) -> float:
    """Return the time that reading all images takes, from a few spread over the dataset."""
    places = np.unique(np.linspace(0, len(dataset.samples) - 1, _TRIED).astype(int))
    tried = [dataset.samples[i] for i in places]
    begun = time.monotonic()
    for _ in pictures(dataset, backbone.preprocess, tried, thumbnails=True):
        pass
    return (time.monotonic() - begun) / len(tried) * len(dataset.samples)


def require_room(needs: Needs, folder: Path) -> None:
    """Refuse what cannot fit.

    Raises:
        DLCError: if disk or memory will not suffice.
    """
    free = shutil.disk_usage(_existing(folder)).free
    if max(needs.disk_bytes, needs.kept_bytes) > free:
        raise DLCError(
            f"scoring {counted(needs.samples, 'image')} needs {readable_bytes(needs.disk_bytes)} "
            "of disk in "
            f"{folder}, {readable_bytes(free)} are free; make room, choose another --out, or score "
            "a part with --limit."
        )
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needs.memory_bytes > there:
        raise DLCError(
            f"scoring {counted(needs.samples, 'image')} with this backbone needs "
            f"{readable_bytes(needs.memory_bytes)} of memory, this machine has "
            f"{readable_bytes(there)}; choose a smaller backbone, or score a part with --limit."
        )


def _seconds_an_image(encoder: MaskedEncoder, side: int) -> float:
    pixels = np.zeros((encoder.batch, side, side, 3), np.uint8)
    rows = slice(0, encoder.batch)
    list(encoder.features([(rows, pixels)]))
    begun = time.monotonic()
    for _ in encoder.features([(rows, pixels)] * _WARM):
        pass
    return (time.monotonic() - begun) / (_WARM * encoder.batch)


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
