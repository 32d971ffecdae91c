"""Data that is in Python already: a torch Dataset or DataLoader, arrays, a Hugging Face dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from dlc_core.datasets.arrays import array_image, numbered_path, png
from dlc_core.datasets.dataset import Dataset, Sample
from dlc_core.datasets.files_below import FilesBelow
from dlc_core.datasets.images import UnreadableImage, plain
from dlc_core.datasets.python_items import (
    item_of,
    labels_of,
    named_labels,
    own_labels,
    pixels_of,
    require_all_of,
    scale_of,
    unwrapped,
)
from dlc_core.datasets.read_options import Asked
from dlc_core.errors import DLCError
from dlc_core.plurals import counted


def dataset_from(data: Any, *, classes: Sequence[str] | None = None, name: str = "") -> Dataset:
    """Return data that is in Python as a dataset that can be scored.

    Args:
        data: a path or a name (as for load_dataset); a torch map-style Dataset of (image, label),
            or a DataLoader over one (its order, batches and workers do not matter here);
            torchvision's ImageFolder, or a Subset of it (its files are read, not its transform); a
            Hugging Face Dataset; or a pair of arrays (images, labels). Images are PIL images, or
            arrays and tensors (H, W), (H, W, C) or (C, H, W) of whole numbers, or of [0, 1] or
            [0, 255]: not normalised ones.
        classes: class names, if the data has none and labels are numbers.
        name: a short name for people.

    Returns:
        The dataset. Labels of a Dataset without `targets` are had by reading every item once.

    Raises:
        DLCError: if it is something else, or its images are not as they should be.
    """
    if isinstance(data, Dataset):
        return data
    if isinstance(data, str | Path):
        from dlc_core.datasets import load_dataset

        return load_dataset(data)
    if hasattr(data, "batch_sampler") and hasattr(data, "dataset"):
        require_all_of(data)
        data = data.dataset
    if hasattr(data, "features") and hasattr(data, "cast_column"):
        from dlc_core.datasets.huggingface import from_library

        return from_library(data, name or "dataset", Asked())
    if isinstance(data, tuple) and len(data) == 2:
        return _of_items(_Pair(*data), classes, name or "arrays")
    whole, places = unwrapped(data)
    if _has_files(whole):
        return _of_files(whole, places, classes, name)
    if not (hasattr(data, "__len__") and hasattr(data, "__getitem__")):
        raise DLCError(
            f"got {type(data).__name__}; expected a path, a map-style torch Dataset of (image, "
            "label), a DataLoader over one, or a pair of arrays (images, labels)."
        )
    return _of_items(data, classes, name or type(data).__name__)


class _Pair:
    """Images and labels as items."""

    def __init__(self, images: Any, labels: Any) -> None:
        if not (hasattr(images, "__len__") and hasattr(labels, "__len__")):
            raise DLCError("expected a pair of sequences: images, and a label for each.")
        if len(images) != len(labels):
            raise DLCError(
                f"got {counted(len(images), 'image')} and {counted(len(labels), 'label')}."
            )
        self._images, self.targets = images, labels

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, place: int) -> tuple[Any, Any]:
        return self._images[place], self.targets[place]


def _has_files(data: Any) -> bool:
    """Whether it is one of torchvision's folders, whose items are its files and their labels."""
    method = getattr(type(data), "__getitem__", None)
    if getattr(method, "__qualname__", "") != "DatasetFolder.__getitem__" or not data.samples:
        return False
    root = Path(data.root).absolute()
    return own_labels(data) and all(
        Path(path).absolute().is_relative_to(root) for path, _ in data.samples
    )


def _of_files(
    data: Any, places: list[int] | None, classes: Sequence[str] | None, name: str
) -> Dataset:
    root = Path(data.root).absolute()
    files = FilesBelow(root.resolve())
    part = data.samples if places is None else [data.samples[place] for place in places]
    named = list(data.classes if classes is None else classes)
    texts, names = named_labels([int(label) for _, label in part], named)
    ids = {text: class_id for class_id, text in enumerate(names)}
    samples = tuple(
        Sample(place, Path(path).absolute().relative_to(root).as_posix(), ids[text])
        for place, ((path, _), text) in enumerate(zip(part, texts, strict=True))
    )
    return Dataset(
        kind="python", name=name or root.name, root=str(files.root), split=None,
        classes=names, samples=samples, faults=(), read=files.read,
        stamp=files.stamp,
    )  # fmt: skip


def _of_items(data: Any, classes: Sequence[str] | None, name: str) -> Dataset:
    if not len(data):
        raise DLCError(f"{name} is empty; expected items (image, label).")
    item_of(data, 0)
    labels = labels_of(data)
    whole = unwrapped(data)[0]
    of_data = getattr(whole, "classes", None) if own_labels(whole) else None
    named = list(classes) if classes is not None else list(of_data or ())
    texts, names = named_labels(labels, named)
    places = {text: place for place, text in enumerate(names)}
    scale = scale_of(data, name)

    def read(sample: Sample) -> Image.Image:
        try:
            image = item_of(data, sample.id)[0]
        except DLCError as error:
            raise UnreadableImage(str(error)) from error
        if isinstance(image, Image.Image):
            return plain(image)
        try:
            return array_image(pixels_of(image), scale=scale)
        except DLCError as error:
            raise UnreadableImage(str(error)) from error

    return Dataset(
        kind="python",
        name=name,
        root="",
        split=None,
        classes=names,
        samples=tuple(
            Sample(place, numbered_path(text, place), places[text])
            for place, text in enumerate(texts)
        ),
        faults=(),
        read=read,
        encoded=lambda sample: png(read(sample)),
    )
