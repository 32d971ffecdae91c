"""A plain NumPy archive (.npz) of images and labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlc_core.data_files import open_data
from dlc_core.datasets.arrays import array_image, image_shape, numbered_path, png, value_scale
from dlc_core.datasets.dataset import Dataset, Sample
from dlc_core.datasets.files_below import shown
from dlc_core.datasets.npy_header import header_of
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.splits import pick_split
from dlc_core.datasets.table_columns import classes_of
from dlc_core.decompression_limits import available_memory, opened_zip
from dlc_core.errors import DLCError, reason_of
from dlc_core.file_names import printable
from dlc_core.plurals import counted

_IMAGES = ("images", "image", "x", "data", "imgs")
_LABELS = ("labels", "label", "y", "targets", "target", "classes_of")
_NAMES = ("class_names", "classes", "names", "label_names")
_MEMORY_SHARE = 0.5  # of this machine's memory that the images may take
_AVAILABLE_SHARE = 0.8  # of what of it is free
_PART = 256  # images at a time
_MOST_ARRAYS = 1000
_LONGEST_LABEL, _LARGEST_NAMES = 1 << 12, 1 << 21  # bytes of one label, of all names of classes


def takes_npz(text: str) -> bool:
    """Whether a text is the path of a NumPy archive, there or not."""
    path = Path(text).expanduser()
    return path.suffix.lower() == ".npz" and not path.is_dir()


def load_npz(text: str, asked: Asked) -> Dataset:
    """Read a NumPy archive: images (N, H, W[, C]) or (N, C, H, W), and N labels, (N,) or (N, 1).

    The arrays are found by their names (images, x, data …; labels, y, targets …; with splits
    x_train, train_images …), or named by --image-column and --label-column. Class names may lie in
    class_names. Nothing in it is ever executed (no pickles).

    Args:
        text: the path.
        asked: names of the arrays, and the split.

    Raises:
        DLCError: if it cannot be read or holds something else.
    """
    asked.refuse("a NumPy archive", "id_column", "split_column", "group_column", "image_root",
                 "clusters")  # fmt: skip
    file = Path(text).expanduser().absolute()
    if not file.is_file():
        raise DLCError(f"no such file: {shown(file)}; expected a NumPy archive (.npz).")
    try:
        with open_data(file) as stream:
            opened_zip(stream, entries=_MOST_ARRAYS)
            stream.seek(0)
            archive = np.load(stream, allow_pickle=False)
            return _dataset(file, archive, asked)
    except DLCError:
        raise
    except Exception as error:  # zipfile, zlib, struct and NumPy each have their own kinds
        reason = reason_of(error)
        raise DLCError(
            f"cannot read {file.name}: {reason}; expected arrays of images and labels without "
            "Python objects."
        ) from error


def _dataset(file: Path, archive: Any, asked: Asked) -> Dataset:
    keys: list[str] = list(archive.files)
    split, image_key, label_key = _keys(file.name, keys, asked)
    count = _require_images(file, archive, image_key)
    _require_labels(file.name, archive, label_key, count)
    images, labels = np.asarray(archive[image_key]), np.asarray(archive[label_key])
    if labels.shape == (len(images), 1):  # as MedMNIST has them
        labels = labels[:, 0]
    classes, class_ids = _classes(file.name, archive, keys, labels)
    floating = np.issubdtype(images.dtype, np.floating)
    scale = value_scale(*_range(images), file.name) if floating else 255.0
    samples = tuple(
        Sample(place, numbered_path(classes[class_id], place), int(class_id))
        for place, class_id in enumerate(class_ids)
    )

    def read(sample: Sample) -> Image.Image:
        return array_image(images[sample.id], scale=scale)

    status = file.stat()
    return Dataset(
        kind="npz",
        name=printable(f"{file.stem} ({split})" if split else file.stem),
        root="",
        split=split,
        classes=classes,
        samples=samples,
        faults=(),
        read=read,
        stamp=lambda _sample: (status.st_size, status.st_mtime_ns),
        encoded=lambda sample: png(read(sample)),
        splits=tuple(part for part in _parts(keys) if _pair(keys, part)) if split else (),
    )


def _keys(name: str, keys: list[str], asked: Asked) -> tuple[str | None, str, str]:
    """Return the split, and the names of its images and labels."""
    given = asked.image_column, asked.label_column
    for key in given:
        if key is not None and key not in keys:
            raise DLCError(f"{name} has no array {key!r}; it has {', '.join(keys[:12])}.")
    splits = {split: pair for split in _parts(keys) if (pair := _pair(keys, split)) is not None}
    plain = _pair(keys, "")
    if asked.split is None and (plain or all(given)):
        split = ""
    else:
        found = pick_split(list(splits), asked.split, where=name)[1]
        split = found[0] if found else ""
    images, labels = splits.get(split) or plain or (None, None)
    image_key, label_key = given[0] or images, given[1] or labels
    if image_key is None or label_key is None:
        raise DLCError(
            f"{name} has no arrays of images and labels that could be guessed; name them with "
            f"--image-column and --label-column; it has {', '.join(keys[:12])}."
        )
    return split or None, image_key, label_key


def _parts(keys: Sequence[str]) -> list[str]:
    return [part for part in ("train", "val", "valid", "validation", "test") if any(
        key.startswith(f"{part}_") or key.endswith(f"_{part}") for key in keys
    )]  # fmt: skip


def _pair(keys: Sequence[str], split: str) -> tuple[str, str] | None:
    lower = {key.lower(): key for key in keys}

    def find(names: Sequence[str]) -> str | None:
        for name in names:
            for key in (f"{name}_{split}", f"{split}_{name}") if split else (name,):
                if key in lower:
                    return lower[key]
        return None

    images, labels = find(_IMAGES), find(_LABELS)
    return None if images is None or labels is None else (images, labels)


def _require_images(file: Path, archive: Any, key: str) -> int:
    """Return the number of images, whose header alone is read: they fit the memory, or are refused.

    Raises:
        DLCError: saying why.
    """
    head = header_of(file.name, archive, key)
    if len(head.shape) not in (3, 4) or min(head.shape) < 1:
        raise DLCError(
            f"{key!r} of {file.name} has shape {head.shape}; expected (N, H, W), with channels "
            "first or last."
        )
    image_shape(head.shape[1:])
    if head.dtype.kind not in "buif":
        raise DLCError(f"{key!r} of {file.name} is of {head.dtype}; expected numbers.")
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    room = min(_MEMORY_SHARE * there, _AVAILABLE_SHARE * available_memory())
    if head.bytes > room:
        raise DLCError(
            f"the images of {file.name} take {head.bytes / 1e9:.1f} GB, this machine has room for "
            f"{room / 1e9:.1f} GB; write them as files (one folder for each class) instead."
        )
    return head.shape[0]


def _require_labels(name: str, archive: Any, key: str, count: int) -> None:
    head = header_of(name, archive, key)
    if head.dtype.kind not in "iuUS":
        raise DLCError(f"the labels of {name} are {head.dtype}; expected whole numbers or text.")
    if head.shape not in ((count,), (count, 1)):
        raise DLCError(
            f"{key!r} of {name} has shape {head.shape}; expected one label for each of the "
            f"{counted(count, 'image')}."
        )
    if head.dtype.itemsize > _LONGEST_LABEL:
        raise DLCError(
            f"{key!r} of {name} takes {head.dtype.itemsize:,} bytes for each label; expected "
            f"{_LONGEST_LABEL:,} at most."
        )


def _names(name: str, archive: Any, keys: Sequence[str]) -> NDArray[Any] | None:
    """Return the names of the classes, if there are any."""
    key = next((key for key in _NAMES if key in keys), None)
    if key is None:
        return None
    head = header_of(name, archive, key)
    if head.bytes > _LARGEST_NAMES:
        raise DLCError(
            f"{key!r} of {name} takes {head.bytes:,} bytes; expected names of classes, "
            f"{_LARGEST_NAMES:,} bytes at most."
        )
    return np.asarray(archive[key])


def _range(images: NDArray[Any]) -> tuple[float, float]:
    parts = [images[start : start + _PART] for start in range(0, len(images), _PART)]
    return min(float(part.min()) for part in parts), max(float(part.max()) for part in parts)


def _classes(
    name: str, archive: Any, keys: Sequence[str], labels: NDArray[Any]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8")
    names = _names(name, archive, keys)
    whole = np.issubdtype(labels.dtype, np.integer)
    if whole and names is not None and names.ndim == 1 and names.dtype.kind in "US":
        listed = [
            str(one)
            for one in (np.char.decode(names, "utf-8") if names.dtype.kind == "S" else names)
        ]
        if labels.min() < 0 or labels.max() >= len(listed):
            raise DLCError(
                f"the labels of {name} lie in [{labels.min()}, {labels.max()}], and it names "
                f"{counted(len(listed), 'class')}; expected labels in [0, {len(listed) - 1}]."
            )
        return tuple(listed), labels.astype(np.int64)
    texts = [str(label) for label in labels.tolist()]
    classes = classes_of(texts)
    places = {text: place for place, text in enumerate(classes)}
    return classes, np.array([places[text] for text in texts], dtype=np.int64)
