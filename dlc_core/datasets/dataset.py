"""A dataset: what is known of its samples before any image is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.apportion import class_sequence
from dlc_core.datasets.exact_columns import Column
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError


class Sample(NamedTuple):
    """One labelled image: id (place in the dataset's own order), path, label and class_id."""

    id: int
    path: str
    class_id: int


class Fault(NamedTuple):
    """A sample that could not be read: its path and label as far as known, and the reason."""

    path: str
    label: str
    error: str


@dataclass(frozen=True)
class Dataset:
    """Labelled images in a fixed order.

    Attributes:
        kind: name of the reader that made it.
        name: a short name for people.
        root: the folder that the paths are relative to; "" for bundled data.
        split: the split that was taken, or None.
        classes: class names; a sample's class_id is a position in it.
        samples: in ascending id; ids may have gaps where faults were found.
        faults: what the listing already found to be unreadable.
        read: opens one sample; an image of mode L or RGB, or raises UnreadableImage. Of records, a
            Record (dlc_core.datasets.instructions.record).
        stamp: size in bytes and time of change of one sample's file, so that a change is noticed;
            (0, 0) for data that has no files.
        columns: further columns of the source, each with one value a sample, in their order; an
            empty cell is None in text, masked among whole numbers, NaN among others.
        encoded: the bytes of one sample's image file, for data whose images are no files at
            root/path; raises UnreadableImage. None = they are. Of records, their bytes as they
            stand in the file; b"" for a row of a table.
        splits: the parts that there are, as the data calls them.
        notes: what a person should know of the listing, in sentences.
        cautions: what may be wrong with it, with the way out, in sentences.
        source: what `load_dataset` was given, a path in full.
        asked: what was asked besides.
        modality: the kind of its samples (dlc_core.modalities).
    """

    kind: str
    name: str
    root: str
    split: str | None
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]
    faults: tuple[Fault, ...]
    read: Callable[[Sample], Image.Image]
    stamp: Callable[[Sample], tuple[int, int]] = lambda _sample: (0, 0)
    columns: Mapping[str, Column] = field(default_factory=dict)
    encoded: Callable[[Sample], bytes] | None = None
    splits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    source: str = ""
    asked: Asked = field(default_factory=Asked)
    modality: str = "image"

    @property
    def class_ids(self) -> NDArray[np.int64]:
        """(N,) class_id of each sample."""
        return np.array([sample.class_id for sample in self.samples], dtype=np.int64)

    @property
    def present(self) -> int:
        """How many classes hold a sample: what every count of classes says."""
        return len({sample.class_id for sample in self.samples})

    def limited(self, limit: int, *, seed: int = 0) -> Dataset:
        """Return a stratified random part of `limit` samples, for a quick trial.

        Raises:
            DLCError: if `limit` is below 1 or `seed` negative.
        """
        if limit < 1:
            raise DLCError(f"limit must be a whole number of at least 1, got {limit}.")
        if seed < 0:
            raise DLCError(f"seed must not be negative, got {seed}.")
        if limit >= len(self.samples):
            return self
        class_ids = self.class_ids
        present, counts = np.unique(class_ids, return_counts=True)
        wanted = np.bincount(class_sequence(counts.tolist())[:limit], minlength=len(present))
        generator = np.random.default_rng(seed)
        chosen = [
            generator.permutation(np.flatnonzero(class_ids == class_id))[:count]
            for class_id, count in zip(present, wanted, strict=True)
        ]
        kept = np.sort(np.concatenate(chosen))
        return self.part(kept)

    def part(self, places: NDArray[np.int64]) -> Dataset:
        """Return some of the samples, by their places, ascending; columns go with them."""
        columns = {name: values[places] for name, values in self.columns.items()}
        return replace(self, samples=tuple(self.samples[i] for i in places), columns=columns)


def require_scorable(dataset: Dataset, *, least: int = 2) -> None:
    """Refuse data that cannot be scored, before any sample is opened.

    Args:
        dataset: what is to be scored.
        least: classes that the objective needs.

    Raises:
        DLCError: if there are too few classes, or too few images for the clusters that are asked.
    """
    clusters = dataset.asked.clusters
    if clusters is None:
        class_ids = sorted(set(dataset.class_ids.tolist()))
        require_classes([dataset.classes[class_id] for class_id in class_ids], least=least)
    elif not 2 <= clusters <= len(dataset.samples):
        raise DLCError(
            f"clusters must be from 2 to the number of images ({len(dataset.samples):,}), got "
            f"{clusters}."
        )


def require_classes(class_names: list[str], *, least: int = 2) -> None:
    """Refuse data that one cannot score: DLC compares classes.

    Args:
        class_names: of the classes with a readable sample.
        least: how many the objective needs.

    Raises:
        DLCError: if there is no readable sample, or fewer classes than that hold one.
    """
    if not class_names:
        raise DLCError("no image could be read; see the faults for the reasons.")
    if len(class_names) < least:
        raise DLCError(
            f"got a single class ({class_names[0]!r}); hardness compares a sample with the "
            "centroids of all classes, so at least 2 are needed."
        )
