"""The images of data that was scored: where they are, or how they are had again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from PIL import Image

from dlc_core.data_roots import limited
from dlc_core.datasets.dataset import Dataset, Sample
from dlc_core.datasets.images import UnreadableImage
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError


def has_files(known: Mapping[str, Any]) -> bool:
    """Whether the images of a run are files at root/path.

    Args:
        known: the run's info["dataset"].
    """
    return bool(known.get("files", known.get("root")))


def source_of(known: Mapping[str, Any]) -> str:
    """Return what a run's data was read from, "" if it was given from Python.

    Args:
        known: the run's info["dataset"].
    """
    from dlc_core.datasets.registry import reader_of

    own = reader_of(known)
    bundled = own.example if own is not None and own.bundled else ""  # older runs do not say it
    return str(known.get("source") or bundled)


@dataclass(frozen=True, eq=False)
class ReopenedImages:
    """The images of a dataset whose images are no files, by path.

    Attributes:
        dataset: read anew.
    """

    dataset: Dataset

    @cached_property
    def _samples(self) -> dict[str, Sample]:
        return {sample.path: sample for sample in self.dataset.samples}

    def sample(self, path: str) -> Sample:
        """Return the sample of a path.

        Raises:
            UnreadableImage: if the data has none by that name any more.
        """
        try:
            return self._samples[path]
        except KeyError as error:
            raise UnreadableImage("is no longer in the data") from error

    def read(self, path: str) -> Image.Image:
        """Return an image.

        Raises:
            UnreadableImage: if it cannot be read any more.
        """
        return self.dataset.read(self.sample(path))

    def encoded(self, path: str) -> bytes:
        """Return the bytes of an image file.

        Raises:
            UnreadableImage: if it cannot be read any more.
        """
        assert self.dataset.encoded is not None
        return self.dataset.encoded(self.sample(path))


def reopen(known: Mapping[str, Any], *, ours: bool = False) -> ReopenedImages:
    """Read a run's dataset anew; what was read last stays in memory.

    Args:
        known: the run's info["dataset"].
        ours: whether this user began the run, and so let its data be fetched.

    Raises:
        DLCError: if the data is gone, was begun from Python, or its images are files.
    """
    source = source_of(known)
    if not source:
        raise DLCError(
            f"{known.get('name', 'the data')} was given from Python; its images cannot be had "
            "again from here."
        )
    asked = json.dumps(asked_again(known.get("asked") or {}, ours=ours).given(), sort_keys=True)
    return _reopened(str(source), asked, _stamp(str(source)))


def asked_again(values: Mapping[str, Any], *, ours: bool = False) -> Asked:
    """Return what a run says was asked of its data.

    Where the dashboard asks, only a run that its own user began has its data fetched: another may
    name any address.

    Args:
        values: the run's info["dataset"]["asked"], and what else is asked now.
        ours: whether this user began the run.
    """
    return replace(Asked.of(values), download=ours if limited() else bool(values.get("download")))


def _stamp(source: str) -> tuple[int, int]:
    """Return size and time of change of the file or folder that is read: it may be replaced."""
    from dlc_core.datasets.registry import find_source

    path = find_source(source).path
    try:
        status = None if path is None else path.stat()
    except OSError:  # a pattern of shards, or gone: reading says which
        status = None
    return (0, 0) if status is None else (status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=2)
def _reopened(source: str, asked: str, stamp: tuple[int, int]) -> ReopenedImages:  # noqa: ARG001
    from dlc_core.datasets import read_dataset

    dataset = read_dataset(source, Asked.of(json.loads(asked)))
    if dataset.encoded is None:
        raise DLCError(f"the images of {source} are files now; score it again.")
    return ReopenedImages(dataset)
