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
from dlc_core.datasets import Dataset
from dlc_core.errors import DLCError
from dlc_core.file_names import readable_bytes
from dlc_core.modalities.reading import prepared
from dlc_core.modalities.registry import modality
from dlc_core.plurals import counted
from dlc_core.records.progress import duration
from dlc_core.scoring.masked_backbone import MaskedBackbone
from dlc_core.scoring.prepared_rows import BLOCK_BYTES
from dlc_core.scoring.sweep import real_masks

_FREE_SHARE = 0.5  # of the free disk space that decoded pixels may take
_THUMBNAIL = 6_000  # bytes of a large image's thumbnail
_LISTING = 1_000  # bytes of memory for a sample's path, its row of the table and its ranks
_WARM = 2  # batches whose time is taken, after one that is not counted
_TRIED = 16  # images that a dry run decodes
LIBRARIES = 1_000_000_000  # bytes that Python, PyTorch and UMAP take before any data


@dataclass(frozen=True)
class Estimate:
    """Time, memory and disk of one scoring.

    Attributes:
        samples, passes: how many, and forward passes over them.
        forward_seconds: all forward passes, measured on one batch.
        decode_seconds: reading all samples, measured on a few; None if that was not tried.
        disk_bytes: at most, while it runs.
        kept_bytes: in the finished run.
        memory_bytes: anonymous memory at most; mapped files come and go beside it.
        cached: whether prepared samples are kept on disk.
        unit: the noun for one sample.
    """

    samples: int
    passes: int
    forward_seconds: float
    decode_seconds: float | None
    disk_bytes: int
    kept_bytes: int
    memory_bytes: int
    cached: bool
    unit: str = "image"

    def words(self) -> str:
        """Return it as one line for a person."""
        if self.decode_seconds is None:
            took = (
                f"about {duration(self.forward_seconds)} of forward passes, and reading the "
                f"{self.unit}s"
            )
        else:
            took = f"about {duration(self.forward_seconds + self.decode_seconds)}"
        twice = "; decoded twice, because what is decoded does not fit the disk"
        return (
            f"{took}; at most {readable_bytes(self.memory_bytes)} of memory and "
            f"{readable_bytes(self.disk_bytes)} of disk, of which "
            f"{readable_bytes(self.kept_bytes)} stay{'' if self.cached else twice}"
        )

    def as_record(self) -> dict[str, Any]:
        """Return it as run.json keeps it."""
        return asdict(self)


def estimate(
    dataset: Dataset,
    backbone: Backbone,
    masked: MaskedBackbone,
    folder: Path,
    pixel_budget: int | None = None,
    *,
    gathered: bool = False,
) -> Estimate:
    """Return what scoring so many samples takes.

    With N samples, M masks, D features, R bytes a prepared sample (crops of side S: 3 S^2)
    and P weights: disk = N (R + 4 D + 10 M + 6,032), and 4 N D more where outputs are gathered;
    kept = N (2 D + 6 M + 6,100); memory = 1 GB + 26 P + (12 batches + 40 images a core) of pixels
    + 1,000 N, and 256 MB more if pixels are not kept. What one image takes while it is decoded
    (its pixels at full size, on each core) comes on top.

    Args:
        dataset: of N samples.
        backbone, masked: the backbone and its working copy.
        folder: where the run will be; its disk counts.
        pixel_budget: bytes for decoded pixels; None takes half of what is free.
        gathered: whether the outputs of all samples under a mask are gathered.
    """
    samples, masks, row = len(dataset.samples), len(masked.schedule), backbone.preprocess.row.size
    pixels = samples * row
    free = shutil.disk_usage(_existing(folder)).free
    cached = pixels <= (int(_FREE_SHARE * free) if pixel_budget is None else pixel_budget)
    passes = 1 + len(real_masks(masked))
    features = 4 * masked.dimension * (2 if gathered else 1)
    small = min(_THUMBNAIL, row) + 32
    return Estimate(
        samples=samples,
        passes=passes,
        forward_seconds=round(passes * samples * _seconds_a_sample(backbone, masked), 3),
        decode_seconds=None,
        disk_bytes=samples * (cached * row + features + 10 * masks + small),
        kept_bytes=samples * (2 * masked.dimension + 6 * masks + small + 100),
        memory_bytes=LIBRARIES
        + 26 * masked.weights
        + (12 * masked.batch + 40 * (os.cpu_count() or 1)) * row
        + _LISTING * samples
        + (0 if cached else BLOCK_BYTES),
        cached=cached,
        unit=modality(dataset.modality).unit,
    )


def decode_seconds(dataset: Dataset, backbone: Backbone) -> float:
    """Return the time that reading all images takes, from a few spread over the dataset."""
    places = np.unique(np.linspace(0, len(dataset.samples) - 1, _TRIED).astype(int))
    tried = [dataset.samples[i] for i in places]
    begun = time.monotonic()
    for _ in prepared(dataset, backbone.preprocess, tried, previews=True):
        pass
    return (time.monotonic() - begun) / len(tried) * len(dataset.samples)


def require_room(needs: Estimate, folder: Path) -> None:
    """Refuse what cannot fit.

    Raises:
        DLCError: if disk or memory will not suffice.
    """
    free = shutil.disk_usage(_existing(folder)).free
    if max(needs.disk_bytes, needs.kept_bytes) > free:
        raise DLCError(
            f"scoring {counted(needs.samples, needs.unit)} needs "
            f"{readable_bytes(needs.disk_bytes)} of disk in "
            f"{folder}, {readable_bytes(free)} are free; make room, choose another --out, or score "
            "a part with --limit."
        )
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needs.memory_bytes > there:
        raise DLCError(
            f"scoring {counted(needs.samples, needs.unit)} with this backbone needs "
            f"{readable_bytes(needs.memory_bytes)} of memory, this machine has "
            f"{readable_bytes(there)}; choose a smaller backbone, or score a part with --limit."
        )


def _seconds_a_sample(backbone: Backbone, masked: MaskedBackbone) -> float:
    values = np.zeros((masked.batch, *backbone.preprocess.row.shape), backbone.preprocess.row.dtype)
    rows = slice(0, masked.batch)
    list(masked.outputs([(rows, values)]))
    begun = time.monotonic()
    for _ in masked.outputs([(rows, values)] * _WARM):
        pass
    return (time.monotonic() - begun) / (_WARM * masked.batch)


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
