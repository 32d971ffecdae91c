"""Data that is in Python already: a torch Dataset or DataLoader, arrays, a Hugging Face dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dlc_core.datasets.arrays import array_image, numbered_path, png, value_scale
from dlc_core.datasets.asked import Asked
from dlc_core.datasets.dataset import Dataset, Sample
from dlc_core.datasets.files import FilesBelow
from dlc_core.datasets.images import UnreadableImage, plain
from dlc_core.datasets.table_columns import classes_of
from dlc_core.errors import DLCError

_TRIED = 8  # items whose pixels are looked at to learn their range
_LABELS = ("targets", "labels", "_labels")
_WHOLE = ("SequentialSampler", "RandomSampler", "BatchSampler", "DistributedSampler")


def dataset_from(data: Any, *, classes: Sequence[str] | None = None, name: str = "") -> Dataset:
    """Return data that is in Python as a dataset that can be scored.

    Args:
        data: a path or a name (as for load_dataset); a torch map-style Dataset of (image, label),
            or a DataLoader over one (its order, batches and workers do not matter here);
            torchvision's ImageFolder (its files are read, not its transform); a Hugging Face
            Dataset; or a pair of arrays (images, labels). Images are PIL images, or arrays and
            tensors (H, W), (H, W, C) or (C, H, W) of whole numbers, or of [0, 1] or [0, 255]: not
            normalised ones.
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
        sampler = type(getattr(data, "sampler", None)).__name__
        if sampler not in _WHOLE:
            raise DLCError(
                f"this DataLoader has a {sampler}, which takes a part of its data or takes some "
                "twice; give its dataset, or a torch.utils.data.Subset of it."
            )
        data = data.dataset
    if hasattr(data, "features") and hasattr(data, "cast_column"):
        from dlc_core.datasets.huggingface import from_library

        return from_library(data, name or "dataset", Asked())
    if isinstance(data, tuple) and len(data) == 2:
        return _of_items(_Pair(*data), classes, name or "arrays")
    if _has_files(data):
        return _of_files(data, name)
    if not (hasattr(data, "__len__") and hasattr(data, "__getitem__")):
        raise DLCError(
            f"got {type(data).__name__}; expected a path, a map-style torch Dataset of (image, "
            "label), a DataLoader over one, or a pair of arrays (images, labels)."
        )
    return _of_items(data, classes, name or type(data).__name__)


class _Pair:
    """Images and labels as items."""

    def __init__(self, images: Any, labels: Any) -> None:
        if len(images) != len(labels):
            raise DLCError(f"got {len(images):,} images and {len(labels):,} labels.")
        self._images, self.targets = images, labels

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, place: int) -> tuple[Any, Any]:
        return self._images[place], self.targets[place]


def _has_files(data: Any) -> bool:
    samples = getattr(data, "samples", None)
    return (
        isinstance(samples, list)
        and bool(samples)
        and hasattr(data, "root")
        and hasattr(data, "classes")
        and isinstance(samples[0], tuple)
        and isinstance(samples[0][0], str | Path)
    )


def _of_files(data: Any, name: str) -> Dataset:
    root = Path(data.root).absolute()
    files = FilesBelow(root.resolve())
    samples = tuple(
        Sample(place, Path(path).absolute().relative_to(root).as_posix(), int(label))
        for place, (path, label) in enumerate(data.samples)
    )
    return Dataset(
        kind="python", name=name or root.name, root=str(files.root), split=None,
        classes=tuple(map(str, data.classes)), samples=samples, faults=(), read=files.read,
        stamp=files.stamp,
    )  # fmt: skip


def _of_items(data: Any, classes: Sequence[str] | None, name: str) -> Dataset:
    if not len(data):
        raise DLCError(f"{name} is empty; expected items (image, label).")
    _item(data, 0)
    labels = _labels(data)
    named = list(classes) if classes is not None else list(getattr(data, "classes", None) or ())
    texts, names = _named(labels, named)
    places = {text: place for place, text in enumerate(names)}
    scale = _scale(data, name)

    def read(sample: Sample) -> Image.Image:
        image = _item(data, sample.id)[0]
        if isinstance(image, Image.Image):
            return plain(image)
        try:
            return array_image(_array(image), scale=scale)
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


def _item(data: Any, place: int) -> tuple[Any, Any]:
    item = data[place]
    if isinstance(item, tuple | list) and len(item) >= 2:
        return item[0], item[1]
    raise DLCError(
        f"item {place} is {type(item).__name__}; expected a pair (image, label) for each sample."
    )


def _labels(data: Any) -> list[Any]:
    for attribute in _LABELS:
        values = getattr(data, attribute, None)
        if values is not None and len(values) == len(data):
            return [_plain(value) for value in values]
    return [_plain(_item(data, place)[1]) for place in range(len(data))]


def _plain(label: Any) -> Any:
    try:
        value = label.item() if hasattr(label, "item") else label
    except (RuntimeError, ValueError):  # several numbers
        value = None
    if isinstance(value, bool | int | str | np.integer):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise DLCError(f"got the label {label!r}; expected one class an image, a number or a text.")


def _named(labels: list[Any], named: list[Any]) -> tuple[list[str], tuple[str, ...]]:
    whole = all(isinstance(label, int) and not isinstance(label, bool) for label in labels)
    if named and whole:
        if min(labels) < 0 or max(labels) >= len(named):
            raise DLCError(
                f"labels lie in [{min(labels)}, {max(labels)}], and there are {len(named)} classes."
            )
        names = tuple(str(name) for name in named)
        return [names[label] for label in labels], names
    texts = [str(label) for label in labels]
    return texts, classes_of(texts)


def _array(image: Any) -> np.ndarray[Any, Any]:
    values = image.detach().cpu().numpy() if hasattr(image, "detach") else np.asarray(image)
    return np.asarray(values)


def _scale(data: Any, name: str) -> float:
    """Return what floating-point pixels are multiplied with, from a few items."""
    low, high = np.inf, -np.inf
    for place in np.unique(np.linspace(0, len(data) - 1, _TRIED).astype(int)).tolist():
        image = _item(data, place)[0]
        if not isinstance(image, Image.Image):
            values = _array(image)
            if np.issubdtype(values.dtype, np.floating):
                low, high = min(low, float(values.min())), max(high, float(values.max()))
    return 255.0 if low > high else value_scale(low, high, name)
