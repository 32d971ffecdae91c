"""Data for detection (COCO, YOLO, Pascal VOC): recognised, and said not to be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlc_core.data_roots import is_allowed
from dlc_core.datasets.files_below import shown
from dlc_core.errors import DLCError

_TRIED = 100  # entries of a folder that are looked at
_WAY = (
    "here each image has one class. Put crops of the boxes into one folder per class, or write a "
    "table with a path and a label for each image."
)


def refuse_boxes(root: Path) -> None:
    """Refuse a folder laid out for detection; its `images` and `labels` are no classes.

    Args:
        root: a folder.

    Raises:
        DLCError: if it is one of YOLO, Pascal VOC or COCO.
    """
    kind = _kind(root) or (_kind(root.parent) if root.name == "images" else "")
    if kind:
        raise DLCError(f"{shown(root)} is laid out for detection ({kind}); {_WAY}")


def refuse_coco(file: Path, value: Any) -> None:
    """Refuse the content of a JSON file that holds COCO's annotations.

    Raises:
        DLCError: if it does.
    """
    if isinstance(value, dict) and {"images", "annotations"} <= set(value):
        raise DLCError(f"{file.name} holds annotations for detection (COCO); {_WAY}")


def _kind(root: Path) -> str:
    names = set(_some(root))
    if {"images", "labels"} <= names and _has(root / "labels", ".txt"):
        return "YOLO: labels of boxes as .txt beside images"
    if {"JPEGImages", "Annotations"} <= names:
        return "Pascal VOC: Annotations beside JPEGImages"
    if "_annotations.coco.json" in names or any(
        name.startswith(("instances_", "person_keypoints_", "captions_")) and name.endswith(".json")
        for name in _some(root / "annotations")
    ):
        return "COCO: JSON files of annotations"
    return ""


def _has(folder: Path, suffix: str) -> bool:
    """Whether a folder, or the first folders in it, holds only files of a suffix, at least one."""
    files = [name for name in _some(folder) if "." in name]
    inner = [name for name in _some(folder) if "." not in name]
    files += [one for name in inner[:3] for one in _some(folder / name) if "." in one]
    return bool(files) and all(name.endswith((suffix, ".cache")) for name in files)


def _some(folder: Path) -> Iterator[str]:
    if not is_allowed(folder):
        return
    try:
        with os.scandir(folder) as entries:
            for entry, _ in zip(entries, range(_TRIED), strict=False):
                yield entry.name
    except OSError:  # no such folder, or none that may be read
        return
