"""torchvision's own classification datasets by name, from a folder of this user's cache."""

from __future__ import annotations

import difflib
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from dlc_core.datasets.arrays import numbered_path, png
from dlc_core.datasets.dataset import Dataset, Sample
from dlc_core.datasets.files_below import FilesBelow
from dlc_core.datasets.images import UnreadableImage, plain
from dlc_core.datasets.read_options import Asked
from dlc_core.datasets.splits import pick_split
from dlc_core.default_folders import fetched_data_folder
from dlc_core.errors import DLCError, reason_of
from dlc_core.file_names import printable
from dlc_core.offline import offline

_TIMEOUT = 4.0  # seconds without an answer

# Which argument says the part, and its values; () = it has no parts.
_TRAIN = ("train", (True, False))
_SPLIT = ("split", ("train", "test"))
_THREE = ("split", ("train", "val", "test"))
SETS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "Caltech101": ("", ()),
    "Caltech256": ("", ()),
    "CIFAR10": _TRAIN,
    "CIFAR100": _TRAIN,
    "Country211": ("split", ("train", "valid", "test")),
    "DTD": _THREE,
    "EuroSAT": ("", ()),
    "FashionMNIST": _TRAIN,
    "FGVCAircraft": _THREE,
    "Flowers102": _THREE,
    "Food101": _SPLIT,
    "GTSRB": _SPLIT,
    "ImageNet": ("split", ("train", "val")),
    "Imagenette": ("split", ("train", "val")),
    "KMNIST": _TRAIN,
    "MNIST": _TRAIN,
    "OxfordIIITPet": ("split", ("trainval", "test")),
    "PCAM": _THREE,
    "RenderedSST2": _THREE,
    "StanfordCars": _SPLIT,
    "STL10": _SPLIT,
    "SUN397": ("", ()),
    "SVHN": _SPLIT,
    "USPS": _TRAIN,
}
_NO_DOWNLOAD = ("ImageNet", "StanfordCars")
_FILES = ("_image_files", "_images", "_samples", "samples", "imgs")
_LABELS = ("_labels", "targets", "labels", "y")


def load_torchvision_set(text: str, asked: Asked) -> Dataset:
    """Load one of torchvision's classification datasets.

    Args:
        text: its name, whatever the capitals: DTD, FGVCAircraft, EuroSAT, OxfordIIITPet, CIFAR10 …
        asked: the split, and whether it may be downloaded if it is not in `fetched_data_folder()`.

    Raises:
        DLCError: if the name is unknown, or the data is not there and may not or cannot be fetched.
    """
    asked.refuse("a dataset of torchvision", "image_column", "label_column", "id_column",
                 "split_column", "group_column", "image_root", "clusters")  # fmt: skip
    name = _name(text)
    argument, values = SETS[name]
    parts = {_part(value): value for value in values}
    split, found = pick_split(list(parts), asked.split, where=name)
    how = {argument: parts[found[0]]} if found else {}
    data = _made(name, how, download=asked.download)
    labels = _labels(data)
    classes = _classes(data, labels)
    files = _files(data, len(labels))
    if files is not None:
        root = Path(os.path.commonpath([file.parent for file in files]))
        paths = [file.relative_to(root).as_posix() for file in files]
        if len(set(paths)) == len(paths):
            below = FilesBelow(root)
            made = _dataset(name, split, str(root), classes, labels, paths, below.read, below.stamp)
            return replace(made, splits=tuple(parts))
    paths = [numbered_path(classes[label], place) for place, label in enumerate(labels)]

    def read(sample: Sample) -> Image.Image:
        try:
            image = data[sample.id][0]
        except (OSError, ValueError, RuntimeError, IndexError) as error:
            raise UnreadableImage(reason_of(error)) from error
        return plain(image)

    made = _dataset(name, split, "", classes, labels, paths, read, lambda _sample: (0, 0))
    return replace(made, splits=tuple(parts), encoded=lambda sample: png(read(sample)))


def _name(text: str) -> str:
    known = {name.lower(): name for name in SETS}
    if text.strip().lower() not in known:
        close = difflib.get_close_matches(text.strip().lower(), list(known), n=3)
        hint = f"did you mean {' or '.join(known[one] for one in close)}?" if close else (
            f"expected one of {', '.join(SETS)}."
        )  # fmt: skip
        raise DLCError(
            f"{printable(text)!r} is no classification dataset of torchvision that is known; {hint}"
        )
    return known[text.strip().lower()]


def _part(value: Any) -> str:
    return str({True: "train", False: "test", "trainval": "train"}.get(value, value))


def _made(name: str, how: dict[str, Any], *, download: bool) -> Any:
    folder = fetched_data_folder() / name.lower()
    _require_reach(name, folder, download=download)
    from torchvision import datasets

    more = {} if name in _NO_DOWNLOAD else {"download": download}
    if download:
        folder.mkdir(parents=True, exist_ok=True)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT)
    try:
        return getattr(datasets, name)(str(folder), **how, **more)
    except ImportError as error:
        raise DLCError(f"{name} needs a further package: {error}.") from error
    except Exception as error:  # whatever is missing, damaged or out of reach
        said = reason_of(error)
        raise _missing(name, folder, said, download=download) from error
    finally:
        socket.setdefaulttimeout(before)


def _require_reach(name: str, folder: Path, *, download: bool) -> None:
    """Say at once that data is out of reach, before torchvision is imported for seconds."""
    if "torchvision" in sys.modules or any(path.is_file() for path in folder.rglob("*")):
        return
    if not download or name in _NO_DOWNLOAD:
        raise _missing(name, folder, "nothing is there", download=download)
    if said := offline():
        raise _missing(name, folder, said, download=download)


def _missing(name: str, folder: Path, said: str, *, download: bool) -> DLCError:
    if name in _NO_DOWNLOAD:
        way = f"put its files into {folder}, as torchvision wants them"
    elif download:
        return DLCError(
            f"could not download {name} ({said}): check the network, or put torchvision's files "
            f"into {folder}."
        )
    else:
        way = f"allow the download (--download), or put torchvision's files into {folder}"
    return DLCError(f"{name} is not on this machine ({said}): {way}.")


def _labels(data: Any) -> list[int]:
    for name in _LABELS:
        values = getattr(data, name, None)
        if values is not None and len(values) == len(data):
            return [int(value) for value in values]
    for name in _FILES:
        values = getattr(data, name, None)
        if values and len(values) == len(data) and isinstance(values[0], tuple | list):
            return [int(pair[1]) for pair in values]
    return [int(data[place][1]) for place in range(len(data))]


def _files(data: Any, count: int) -> list[Path] | None:
    for name in _FILES:
        values = getattr(data, name, None)
        if values is None or len(values) != count or not count:
            continue
        first = values[0]
        if isinstance(first, tuple | list):
            values, first = [pair[0] for pair in values], first[0]
        if isinstance(first, str | Path) and Path(first).is_file():
            return [Path(value).absolute() for value in values]
    return None


def _classes(data: Any, labels: Sequence[int]) -> tuple[str, ...]:
    named = getattr(data, "classes", None) or getattr(data, "categories", None) or ()
    most = max(labels, default=-1) + 1
    if len(named) >= most and len(set(map(str, named))) == len(named):
        return tuple(printable(str(name)) for name in named)
    return tuple(str(number) for number in range(most))


def _dataset(
    name: str,
    split: str | None,
    root: str,
    classes: tuple[str, ...],
    labels: Sequence[int],
    paths: Sequence[str],
    read: Any,
    stamp: Any,
) -> Dataset:
    return Dataset(
        kind="torchvision",
        name=f"{name} ({split})" if split else name,
        root=root,
        split=split,
        classes=classes,
        samples=tuple(
            Sample(place, path, label)
            for place, (path, label) in enumerate(zip(paths, labels, strict=True))
        ),
        faults=(),
        read=read,
        stamp=stamp,
    )
