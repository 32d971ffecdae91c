"""A modality: what is known of each sample of a kind, how it is read, and what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

    from dlc_core.datasets import Dataset, Sample


@dataclass(frozen=True)
class Prepared:
    """One sample as a backbone takes it.

    Attributes:
        values: of the shape and type that the backbone's preprocessing says.
        preview: a few kilobytes to show it by, b"" if none was asked for.
        columns: the values of the modality's own columns.
        stamp: size in bytes and time of change of its file when it was read.
    """

    values: NDArray[Any]
    preview: bytes
    columns: tuple[int | float, ...]
    stamp: tuple[int, int]


@dataclass(frozen=True)
class Unreadable:
    """One sample that could not be read: why, and its file's size and time of change."""

    reason: str
    stamp: tuple[int, int]


@dataclass(frozen=True)
class Row:
    """What is kept of each sample between passes: its shape and type."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """Bytes of one sample."""
        return np.dtype(self.dtype).itemsize * int(np.prod(self.shape, dtype=np.int64))


class Preprocessing(Protocol):
    """A backbone's own preprocessing, as far as a scoring needs it."""

    @property
    def modality(self) -> str:
        """The name of the kind of sample that it prepares."""

    @property
    def row(self) -> Row:
        """What one prepared sample is."""

    @property
    def words(self) -> str:
        """What the backbone is given, for a sentence, such as "crops of 224 pixels"."""

    @property
    def way_out(self) -> str:
        """What to do if the backbone cannot take that."""

    def batch_rows(self, device: str) -> int:
        """Return how many samples go through a model at once on "cpu", "cuda" or "mps"."""

    def example(self, count: int) -> NDArray[Any]:
        """Return samples of noise, (count, *row.shape); always the same."""

    def model_input(self, values: torch.Tensor) -> torch.Tensor:
        """Return the model's input of prepared samples (n, *row.shape), on the same device."""

    def as_record(self) -> dict[str, Any]:
        """Return it as run.json keeps it."""


@dataclass(frozen=True)
class Details:
    """What a dry look tells of samples of one kind: values for JSON, and lines for a person."""

    record: dict[str, Any]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Modality:
    """A kind of sample.

    Attributes:
        name: as run.json says it (dataset.modality).
        unit: the noun for one sample.
        gives: what a sample is good for, of "images" and "text".
        description: what it is, in one line.
        columns: name and NumPy type of what samples.parquet holds beside the common columns.
        prepare: prepare(dataset, preprocess, sample, preview=whether to make one) gives one sample
            as the backbone takes it, or why it cannot be read; called by several threads.
        details: what a dry look tells of a dataset in place of its classes; None = its classes.
        unscored: why this version cannot score such samples, in a sentence; "" = it can.
    """

    name: str
    unit: str
    gives: frozenset[str]
    description: str
    columns: tuple[tuple[str, str], ...]
    prepare: Prepare
    details: Callable[[Dataset], Details] | None = None
    unscored: str = ""


class Prepare(Protocol):
    """How a modality prepares one sample."""

    def __call__(
        self, dataset: Dataset, preprocess: Any, sample: Sample, *, preview: bool
    ) -> Prepared | Unreadable:
        """Return the sample as the backbone takes it, or why it cannot be read."""
