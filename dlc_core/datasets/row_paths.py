"""Paths for images that lie in the rows of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from dlc_core.datasets.arrays import numbered_path
from dlc_core.datasets.image_formats import IMAGE_SUFFIXES


def row_paths(named: Sequence[object], labels: Sequence[str]) -> list[str]:
    """Return a path for each row: its file's name below its label, numbered if not unique.

    Args:
        named: what each row says of its file, a path or a name; None or "" where nothing is said.
        labels: of the rows.
    """
    names = [PurePosixPath(str(one)).name if one else "" for one in named]
    found = [f"{label}/{name}" for label, name in zip(labels, names, strict=True)]
    count = Counter(found)
    suffixes = [PurePosixPath(name).suffix.lower() for name in names]
    return [
        path if name and label and "/" not in label and count[path] == 1
        else numbered_path(label, place, suffix if suffix in IMAGE_SUFFIXES else ".png")
        for place, (path, name, label, suffix) in enumerate(
            zip(found, names, labels, suffixes, strict=True)
        )
    ]  # fmt: skip
