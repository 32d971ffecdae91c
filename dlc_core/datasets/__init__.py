"""Datasets: from a path or a name to labelled images, or records, in a fixed order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dlc_core.data_roots import require_allowed
from dlc_core.datasets.dataset import Dataset, Fault, Sample, require_classes, require_scorable
from dlc_core.datasets.images import UnreadableImage
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.reader import Reader
from dlc_core.datasets.registry import READERS, Source, find_source
from dlc_core.errors import DLCError
from dlc_core.file_names import stored_name

__all__ = [
    "READERS",
    "Asked",
    "Dataset",
    "Fault",
    "Reader",
    "Sample",
    "Source",
    "UnreadableImage",
    "find_source",
    "load_dataset",
    "read_dataset",
    "require_classes",
    "require_scorable",
]


def load_dataset(
    path: str | Path,
    *,
    split: str | None = None,
    image_column: str | None = None,
    label_column: str | None = None,
    id_column: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    image_root: str | Path | None = None,
    clusters: int | None = None,
    download: bool = False,
    layout: str | None = None,
    prompt_column: str | None = None,
    response_column: str | None = None,
    messages_column: str | None = None,
    source_column: str | None = None,
) -> Dataset:
    """List the samples of a dataset; no image is opened.

    Args:
        path: "digits" for the bundled example, a path, or READER:NAME (dlc_core.datasets.READERS).
        split: "train", "val", "test" or what the data calls its parts; None takes train where
            there are parts.
        image_column, label_column, id_column, split_column, group_column, image_root, clusters,
            download, layout, prompt_column, response_column, messages_column, source_column: as in
            `Asked`.

    Returns:
        The dataset, samples in ascending id.

    Raises:
        DLCError: if nothing there can be scored, in one sentence.
    """
    root = None if image_root is None else str(image_root)
    return read_dataset(
        str(path),
        Asked(
            split,
            image_column,
            label_column,
            id_column,
            split_column,
            group_column,
            root,
            clusters,
            download,
            layout,
            prompt_column,
            response_column,
            messages_column,
            source_column,
        ),
    )


def read_dataset(text: str, asked: Asked) -> Dataset:
    """Do what `load_dataset` does, with what is asked in one value.

    Raises:
        DLCError: as `load_dataset`.
    """
    if not text.strip() or "\0" in text:
        raise DLCError("got an empty or impossible path; expected the root of an image folder.")
    source = find_source(text, asked)
    if source.path is not None:
        require_allowed(source.path)
    others = [one for reader in READERS.values() for one in reader.options]
    asked.refuse(source.name, *(one for one in others if one not in source.reader.options))
    dataset = source.reader.load(source.text, asked)
    columns = {stored_name(name): values for name, values in dataset.columns.items()}
    return replace(
        dataset, kind=source.name, source=source.absolute(), asked=asked, columns=columns
    )
