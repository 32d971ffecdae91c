"""Datasets: from a path or a name to labelled images in a fixed order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dlc_core.datasets.dataset import Dataset, Fault, Sample, require_classes
from dlc_core.datasets.digits import load_digits
from dlc_core.datasets.imagefolder import SPLITS, load_imagefolder
from dlc_core.datasets.images import UnreadableImage
from dlc_core.datasets.tables import TABLE_SUFFIXES, refuse_table
from dlc_core.errors import DLCError

__all__ = [
    "READERS",
    "Dataset",
    "Fault",
    "Sample",
    "UnreadableImage",
    "load_dataset",
    "require_classes",
]


@dataclass(frozen=True)
class Reader:
    """One kind of dataset: what it is, which paths it takes, and how it is listed."""

    description: str
    takes: Callable[[str], bool]
    load: Callable[..., Dataset]


READERS: dict[str, Reader] = {
    "digits": Reader(
        "the bundled example: scikit-learn's 1,797 handwritten digits",
        lambda path: path == "digits",
        load_digits,
    ),
    "table": Reader(
        "a table of labels (refused with the reason: not read yet)",
        lambda path: Path(path).suffix.lower() in TABLE_SUFFIXES and Path(path).is_file(),
        refuse_table,
    ),
    "imagefolder": Reader(
        "a folder with one sub-folder of images per class (root/class/file)",
        lambda _path: True,
        load_imagefolder,
    ),
}


def load_dataset(path: str | Path, *, split: str | None = None) -> Dataset:
    """List the samples of a dataset; no image is opened.

    Args:
        path: "digits" for the bundled example, else the root of an image folder.
        split: "train", "val", "test", or None for train where the root has splits.

    Returns:
        The dataset, samples in ascending id.

    Raises:
        DLCError: if nothing there can be scored, in one sentence.
    """
    if split is not None and split not in SPLITS:
        raise DLCError(f"split must be one of {', '.join(SPLITS)}, got {split!r}.")
    text = str(path)
    if not text.strip() or "\0" in text:
        raise DLCError("got an empty or impossible path; expected the root of an image folder.")
    reader = next(reader for reader in READERS.values() if reader.takes(text))
    return reader.load(text, split=split)
